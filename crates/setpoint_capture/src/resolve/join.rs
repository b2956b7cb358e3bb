use setpoint_model::{Comparison, Held, Layer, Place, Reading, Value};
use std::collections::{BTreeSet, HashMap};

/// The processes to which one place gives one value.
struct Given {
    value: Held,
    processes: BTreeSet<String>,
    joined: bool,
}

/// Makes one reading of those by which one place gives the same value to every process of the site, of which there are
/// so many: it concerns all. A template's line gives each of its instances a value of its own where a specifier
/// (`%i`) stands in it, and so the place alone does not tell. A variable that a server of one process reads as a number
/// and that is a text to another has one value all the same, the number.
pub(crate) fn join(readings: Vec<Reading>, processes: usize, comparison: Comparison) -> Vec<Reading> {
    if processes < 2 {
        return readings;
    }
    let mut given: HashMap<(Layer, Place), Vec<Given>> = HashMap::new();
    let key = |reading: &Reading| (reading.layer, reading.place.clone());
    for reading in readings.iter().filter(|reading| reading.layer != Layer::Process) {
        let values = given.entry(key(reading)).or_default();
        let process = reading.process.clone();
        match values.iter_mut().find(|given| comparison.holds_same(&given.value, &reading.value)) {
            Some(given) => {
                given.processes.extend(process);
                if matches!(given.value, Held::Constant(Value::Text(_))) {
                    given.value.clone_from(&reading.value);
                }
            }
            None => values.push(Given {
                value: reading.value.clone(),
                processes: process.into_iter().collect(),
                joined: false,
            }),
        }
    }
    let join = |reading: Reading| {
        let values = given.get_mut(&key(&reading)).map(Vec::as_mut_slice).unwrap_or_default();
        let same = |given: &&mut Given| comparison.holds_same(&given.value, &reading.value);
        let Some(given) = values.iter_mut().find(same) else { return Some(reading) };
        let reading = Reading { value: given.value.clone(), ..reading };
        if given.processes.len() < processes {
            return Some(reading);
        }
        let is_first = !std::mem::replace(&mut given.joined, true);
        is_first.then_some(Reading { process: None, ..reading })
    };
    readings.into_iter().filter_map(join).collect()
}
