//! A default as one process has it, in the units that rules compare: seconds, bytes, numbers, switches.

use crate::Facts;
use crate::proxy::Proxy;
use setpoint_model::{Effective, Held, Layer, Mechanism, NamedDefault, Place, ProcessState, Reading, Value};
use setpoint_model::{sum_of_spans, systemd_seconds};

/// What is in force in a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) name: &'a str,
    pub(crate) place: &'a Place,
    /// The library's own default where nobody set it.
    pub(crate) layer: Layer,
    pub(crate) mechanism: Mechanism,
    pub(crate) value: &'a Value,
}

impl<'a> Facts<'a> {
    /// The processes of the site that run this program.
    pub(crate) fn processes_of(self, programs: &'a [&'a str]) -> impl Iterator<Item = &'a ProcessState> {
        let runs = |process: &&ProcessState| process.program.as_deref().is_some_and(|it| programs.contains(&it));
        self.snapshot.site.processes.iter().filter(runs)
    }

    /// The default of that name as the process has it; `None` where nothing gives it a value there, or one that is
    /// known only when the code runs.
    pub(crate) fn setting(self, name: &str, process: &str) -> Option<Setting<'a>> {
        let default = self.default_named(name)?;
        let effective = effective_in(default, process)?;
        let setting = Setting::new(default, effective)?;
        // Where processes agree, one of them speaks for all, and each has a place of its own.
        let is_own =
            |reading: &&Reading| reading.process.as_deref() == Some(process) && reading.value == effective.value;
        let own = default.readings.iter().rfind(is_own);
        Some(own.map_or(setting, |own| Setting { place: &own.place, layer: own.layer, ..setting }))
    }

    /// Every default of that name in the proxy, the one for most requests first: `nginx.client_max_body_size` and
    /// `nginx[shop.example/upload].client_max_body_size`.
    pub(crate) fn proxy_settings(self, directive: &str) -> Vec<Setting<'a>> {
        self.proxy_settings_by(directive, |default| default.effective.as_ref())
    }

    /// The same, as it is for the requests that the proxy passes to the process.
    pub(crate) fn proxy_settings_for(self, directive: &str, process: &str) -> Vec<Setting<'a>> {
        self.proxy_settings_by(directive, |default| effective_in(default, process))
    }

    /// Where somebody would set it: where it is set, and, where it is only the program's own default, at the unit's
    /// command, at the container's image or where the proxy passes requests on. Nobody can mend a page of a manual.
    pub(crate) fn place_to_set(self, setting: Setting<'a>, process: &str) -> &'a Place {
        let stand_for: &[&str] = match setting.mechanism {
            Mechanism::Nginx => &["nginx.proxy_pass"],
            Mechanism::Caddy => &["caddy.reverse_proxy"],
            _ => &["systemd.ExecStart", "container.build", "container.image"],
        };
        let beside = || stand_for.iter().find_map(|name| self.setting(name, process));
        let beside = if setting.is_built_in() { beside() } else { None };
        beside.map_or(setting.place, |beside| beside.place)
    }

    fn proxy_settings_by(
        self,
        directive: &str,
        effective: impl Fn(&'a NamedDefault) -> Option<&'a Effective>,
    ) -> Vec<Setting<'a>> {
        let mut found: Vec<Setting<'a>> =
            self.proxy_defaults(directive).filter_map(|default| Setting::new(default, effective(default)?)).collect();
        found.sort_by_key(|setting| setting.location().is_some());
        found
    }

    /// True if the process has that directive of the proxy, also where its value is known only to the proxy.
    pub(crate) fn proxy_says_for(self, directive: &str, process: &str) -> bool {
        self.proxy_defaults(directive).any(|default| effective_in(default, process).is_some())
    }

    fn proxy_defaults(self, directive: &str) -> impl Iterator<Item = &'a NamedDefault> {
        // The names of headers are parts of such a name, and are equal whatever their case.
        let is_it = move |name: &str| {
            let behind = name.strip_prefix("nginx").or_else(|| name.strip_prefix("caddy"));
            let plain = behind.and_then(|behind| behind.strip_prefix('.'));
            let located = || Some(behind?.strip_prefix('[')?.rsplit_once("].")?.1);
            plain.or_else(located).is_some_and(|of| of.eq_ignore_ascii_case(directive))
        };
        self.snapshot.defaults.iter().filter(move |default| is_it(&default.name))
    }
}

/// What wins in the process: its own reading where processes disagree, else the one for all, if the process has the
/// setting at all.
fn effective_in<'a>(default: &'a NamedDefault, process: &str) -> Option<&'a Effective> {
    if !default.per_process.is_empty() {
        return default.per_process.iter().find(|(name, _)| name == process).map(|(_, effective)| effective);
    }
    let concerns = |of: &Option<String>| of.as_deref().is_none_or(|of| of == process);
    default.readings.iter().any(|reading| concerns(&reading.process)).then_some(default.effective.as_ref()).flatten()
}

impl<'a> Setting<'a> {
    /// What is effective of a default, if that is a constant.
    pub(crate) fn new(default: &'a NamedDefault, effective: &'a Effective) -> Option<Self> {
        let Held::Constant(value) = &effective.value else { return None };
        let Effective { layer, place, .. } = effective;
        Some(Self { name: &default.name, place, layer: *layer, mechanism: default.mechanism, value })
    }

    /// The place within the proxy's configuration where another value holds than for most requests:
    /// `shop.example/upload`.
    pub(crate) fn location(self) -> Option<&'a str> {
        let behind = self.name.strip_prefix("nginx[").or_else(|| self.name.strip_prefix("caddy["))?;
        Some(behind.rsplit_once("].")?.0)
    }

    /// True for a place that takes requests for one path alone: nginx's `= /health`, or Caddy's path without a `*`.
    pub(crate) fn is_of_single_path(self) -> bool {
        let Some(location) = self.location() else { return false };
        match self.proxy() {
            Some(Proxy::Nginx) => location.contains(" = "),
            Some(Proxy::Caddy) => location.contains('/') && !location.contains(['*', '@']),
            None => false,
        }
    }

    /// The proxy whose setting it is.
    pub(crate) fn proxy(self) -> Option<Proxy> {
        Proxy::of(self.mechanism)
    }

    /// The proxy's name, as in the middle of a sentence.
    pub(crate) fn of_proxy(self) -> String {
        self.proxy().map_or_else(|| "the proxy".to_owned(), |proxy| proxy.to_string())
    }

    /// True if it is only the program's own default, which nobody wrote down.
    pub(crate) fn is_built_in(self) -> bool {
        self.layer == Layer::Library
    }

    /// As written.
    pub(crate) fn text(self) -> String {
        self.value.to_string()
    }

    /// True for Python's `None`: the setting is there and says nothing.
    pub(crate) fn is_none(self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Its texts, where one setting holds several: those of a list, or of a text with commas.
    pub(crate) fn texts(self) -> Vec<String> {
        let texts = match self.value {
            Value::List(values) => values.iter().map(Value::to_string).collect(),
            one => vec![one.to_string()],
        };
        texts.iter().flat_map(|text| text.split(',')).map(|text| text.trim().to_owned()).collect()
    }

    /// A switch in the words of its mechanism; `None` where it is none.
    pub(crate) fn switch(self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(*value),
            Value::Integer(value) => Some(*value != 0),
            Value::Null => Some(false),
            Value::Text(text) => match text.to_lowercase().as_str() {
                "1" | "true" | "yes" | "on" | "t" | "y" => Some(true),
                "0" | "false" | "no" | "off" | "f" | "n" | "" => Some(false),
                _ => None,
            },
            Value::Float(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// A number, also where it was read as text.
    pub(crate) fn number(self) -> Option<f64> {
        number(self.value)
    }

    /// A time in seconds, by the mechanism's way to write one; infinite for `infinity`, and for systemd's `0` where
    /// a time-out is switched off by it the rule must say so itself.
    pub(crate) fn seconds(self) -> Option<f64> {
        match (self.value, self.mechanism) {
            (Value::Text(text), Mechanism::Nginx) => nginx_seconds(text),
            (Value::Text(text), Mechanism::Systemd) => systemd_seconds(text),
            (Value::Text(text), Mechanism::Caddy) => caddy_seconds(text),
            (value, _) => number(value),
        }
    }

    /// A size in bytes, by nginx's and systemd's suffixes, both of which count by 1024, or by those of Caddy. Of
    /// several limits in a row, which Caddy may have, the smallest.
    pub(crate) fn bytes(self) -> Option<f64> {
        match self.value {
            Value::Text(text) if self.mechanism == Mechanism::Caddy => caddy_bytes(text),
            Value::List(limits) if self.mechanism == Mechanism::Caddy => {
                let limits: Option<Vec<f64>> = limits.iter().map(|limit| caddy_bytes(limit.as_text()?)).collect();
                limits?.into_iter().reduce(f64::min)
            }
            Value::Text(text) if text == "infinity" => Some(f64::INFINITY),
            Value::Text(text) => {
                let (digits, suffix) =
                    text.split_at(text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len()));
                let power = ["", "k", "m", "g", "t"].iter().position(|known| *known == suffix.to_lowercase())?;
                let scale = 1024_f64.powi(i32::try_from(power).ok()?);
                digits.trim().parse::<f64>().ok().map(|number| number * scale)
            }
            value => number(value),
        }
    }
}

/// `30 s`, `5 min` only where that is exact.
pub(crate) fn shown_seconds(seconds: f64) -> String {
    if seconds >= 120.0 && seconds % 60.0 == 0.0 { format!("{} min", seconds / 60.0) } else { format!("{seconds} s") }
}

#[expect(clippy::cast_precision_loss, reason = "no setting counts so far")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// `90`, `1m30s`, `500ms`: `ngx_parse_time` of nginx's `ngx_parse.c`, where a number alone is seconds.
fn nginx_seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 7] =
        [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0), ("w", 604_800.0), ("M", 2_592_000.0)];
    sum_of_spans(text, &UNITS)
}

/// `1m30s`, `1.5h`, `2d`: `caddy.ParseDuration`, which is Go's with days. There 0 alone needs no unit.
fn caddy_seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 0.000_000_001),
        ("us", 0.000_001),
        ("µs", 0.000_001),
        ("ms", 0.001),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("d", 86_400.0),
    ];
    let has_units = text.ends_with(|letter: char| letter.is_alphabetic());
    if has_units { sum_of_spans(text, &UNITS) } else { (text == "0").then_some(0.0) }
}

/// `10MB` is by 1000 and `10MiB` by 1024: `humanize.ParseBytes`, which Caddy takes sizes by.
fn caddy_bytes(text: &str) -> Option<f64> {
    let end =
        text.find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != ',').unwrap_or(text.len());
    let number: f64 = text[..end].replace(',', "").parse().ok()?;
    let unit = text[end..].trim().to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let (prefix, base) = unit.strip_suffix('i').map_or((unit, 1000.0), |prefix| (prefix, 1024.0));
    let power = ["", "k", "m", "g", "t"].iter().position(|known| *known == prefix)?;
    Some(number * f64::powi(base, i32::try_from(power).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{caddy_bytes, caddy_seconds, nginx_seconds};

    #[test]
    fn times_as_nginx_writes_them() {
        assert_eq!(nginx_seconds("60"), Some(60.0));
        assert_eq!(nginx_seconds("1m30s"), Some(90.0));
        assert_eq!(nginx_seconds("500ms"), Some(0.5));
        assert_eq!(nginx_seconds("1 parsec"), None);
    }

    #[test]
    fn times_and_sizes_as_caddy_writes_them() {
        assert_eq!(caddy_seconds("1m30s"), Some(90.0));
        assert_eq!(caddy_seconds("1.5h"), Some(5400.0));
        assert_eq!(caddy_seconds("2d"), Some(172_800.0));
        assert_eq!(caddy_seconds("0"), Some(0.0));
        assert_eq!(caddy_seconds("30"), None);
        assert_eq!(caddy_seconds("off"), None);
        assert_eq!(caddy_bytes("10MB"), Some(10e6));
        assert_eq!(caddy_bytes("10 MiB"), Some(10_485_760.0));
        assert_eq!(caddy_bytes("1.5m"), Some(1.5e6));
        assert_eq!(caddy_bytes("1,000"), Some(1000.0));
        assert_eq!(caddy_bytes("much"), None);
    }
}
