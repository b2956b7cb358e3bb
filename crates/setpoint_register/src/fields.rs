use crate::entries::Entry;
use crate::node::{self, Node};
use crate::report::Report;
use crate::shapes::{List, Reference, Shape, Text};
use crate::words::{listed, sentence};
use serde_json::{Map, Value as Json, json};
use setpoint_model::register::{Documentation, Documented, UnsoundCheck};
use setpoint_model::{ByteSpan, Place, nearest};
use toml::de::DeTable;

/// The keys of one table, as an entry declares them by asking for them. The same declaration is used twice: over a
/// table of the file it reads the values, and over nothing it only notes what was asked for, which is the schema.
pub(crate) struct Fields<'r, 'd> {
    report: &'r mut Report,
    /// `None` while the schema is made.
    table: Option<&'d DeTable<'d>>,
    /// `check.health`.
    path: String,
    /// `health`.
    name: String,
    /// Where the name stands.
    key: ByteSpan,
    declared: Vec<Declared>,
    /// What the keys mean: the doc comments of the types that are read.
    meanings: Vec<&'static [Meaning]>,
    /// Keys of which one at least must be there; none where nothing is expected.
    expectations: &'static [&'static str],
    /// The kinds of which one is chosen; only while the schema is made.
    kinds: Vec<(&'static str, Json)>,
    /// The word of the kind that was chosen.
    chosen: Option<&'static str>,
    /// True if no kind was chosen, so that nobody knows which keys belong here.
    unknowable: bool,
}

/// A key and its explanation.
type Meaning = (&'static str, &'static str);

struct Declared {
    key: &'static str,
    required: bool,
    /// Made only for the schema.
    schema: Json,
}

/// One of the kinds that an entry can be; its word is the key that holds its subject.
pub(crate) struct Kind<T: 'static> {
    pub(crate) word: &'static str,
    pub(crate) about: &'static str,
    pub(crate) fields: &'static [Meaning],
    pub(crate) read: fn(&mut Fields<'_, '_>) -> Option<T>,
}

impl<'r, 'd> Fields<'r, 'd> {
    /// Over the table of a node.
    pub(crate) fn over<E: Entry>(node: &Node<'d>, table: &'d DeTable<'d>, report: &'r mut Report) -> Self {
        Self {
            table: Some(table),
            path: node.path(),
            name: node.name.to_owned(),
            key: node.key,
            ..Self::over_nothing(&[E::FIELDS, Documentation::FIELDS], report)
        }
    }

    /// Over the whole file.
    pub(crate) fn over_root<E: Entry>(table: &'d DeTable<'d>, report: &'r mut Report) -> Self {
        Self { table: Some(table), ..Self::over_nothing(&[E::FIELDS, Documentation::FIELDS], report) }
    }

    /// The schema's way: `meanings` are the doc comments of the types that are read.
    fn over_nothing(meanings: &[&'static [Meaning]], report: &'r mut Report) -> Self {
        Self {
            report,
            table: None,
            path: String::new(),
            name: String::new(),
            key: ByteSpan { start: 0, end: 0 },
            declared: Vec::new(),
            meanings: meanings.to_vec(),
            expectations: &[],
            kinds: Vec::new(),
            chosen: None,
            unknowable: false,
        }
    }

    /// A key that must be there.
    #[expect(clippy::needless_pass_by_value, reason = "a declaration reads better without `&`")]
    pub(crate) fn required<S: Shape>(&mut self, key: &'static str, shape: S) -> Option<S::Read> {
        self.declare(key, true, &shape);
        if self.table.is_some() && !self.has(key) {
            let entry = if self.path.is_empty() { "the register".to_owned() } else { format!("`{}`", self.path) };
            self.report.misshapen(self.key, format!("{entry} has no `{key}`"), shape.expected(), None);
        }
        self.read(key, &shape)
    }

    /// A key that may be left out.
    #[expect(clippy::needless_pass_by_value, reason = "a declaration reads better without `&`")]
    pub(crate) fn optional<S: Shape>(&mut self, key: &'static str, shape: S) -> Option<S::Read> {
        self.declare(key, false, &shape);
        self.read(key, &shape)
    }

    /// A list that may be left out, and then is empty; a list that is written has an item.
    pub(crate) fn list<S: Shape>(&mut self, key: &'static str, item: S) -> Vec<S::Read> {
        self.optional(key, List(item)).unwrap_or_default()
    }

    /// One of these keys must be there, or else the entry would assert nothing and always pass.
    pub(crate) fn at_least_one_of(&mut self, keys: &'static [&'static str]) {
        self.expectations = keys;
        if self.table.is_some() && !keys.iter().any(|key| self.has(key)) {
            let what = format!("`{}` expects nothing, so that it would always pass", self.path);
            self.report.misshapen(self.key, what, format!("at least one of {}", listed(keys.iter().copied())), None);
        }
    }

    /// Reads the entry as the one kind whose key is there.
    pub(crate) fn choose<T>(&mut self, kinds: &'static [Kind<T>]) -> Option<T> {
        if self.table.is_none() {
            for kind in kinds {
                let mut fields = Fields::over_nothing(&[kind.fields], self.report);
                (kind.read)(&mut fields);
                let mut schema = fields.schema();
                schema["title"] = json!(kind.word);
                schema["description"] = json!(sentence(kind.about));
                self.kinds.push((kind.word, schema));
            }
            return None;
        }
        let mut chosen = kinds.iter().filter(|kind| self.has(kind.word));
        let words = || listed(kinds.iter().map(|kind| kind.word));
        match (chosen.next(), chosen.next()) {
            (Some(kind), None) => {
                self.chosen = Some(kind.word);
                (kind.read)(self)
            }
            (Some(one), Some(two)) => {
                let what = format!("`{}` has both `{}` and `{}`", self.path, one.word, two.word);
                self.unknowable = true;
                self.report.misshapen(self.key, what, format!("exactly one of {}", words()), None);
                None
            }
            (None, _) => {
                let keys = self.keys();
                let near = keys.iter().find_map(|key| nearest(key.name, kinds.iter().map(|kind| kind.word)));
                let hint = near.map(|word| format!("did you mean `{word}`?"));
                self.unknowable = true;
                let what = format!("`{}` does not say what it looks at", self.path);
                self.report.misshapen(self.key, what, format!("one of {}", words()), hint);
                None
            }
        }
    }

    /// What every entry carries.
    pub(crate) fn documentation(&mut self) -> Documentation {
        Documentation {
            owner: self.optional("owner", Text),
            why: self.optional("why", Text),
            expect: self.optional("expect", Text),
            rollback: self.optional("rollback", Text),
        }
    }

    /// The word of the kind that was chosen; `None` where none was, or two were.
    pub(crate) fn chosen(&self) -> Option<&'static str> {
        self.chosen
    }

    /// Leaves what is to be known of a check where its entry turns out to be wrong.
    pub(crate) fn leave(&mut self, rest: UnsoundCheck) {
        self.report.leave(rest);
    }

    /// The doc comments of another type explain keys of this table, too.
    pub(crate) fn explained_by<D: Documented>(&mut self) {
        self.meanings.push(D::FIELDS);
    }

    /// The entry's name.
    pub(crate) fn name(&self) -> String {
        self.name.clone()
    }

    /// Where the entry's name stands.
    pub(crate) fn place(&self) -> Place {
        self.report.place(self.key)
    }

    /// Notes that a key names another entry where it is no value that does.
    pub(crate) fn refer(&mut self, kind: Reference, name: &str, key: &str) {
        let span = self.node(key).map_or(self.key, |node| node.span);
        self.report.refer(kind, name, span);
    }

    /// Says that the value of a key has the right shape and makes no sense. The place is the value.
    pub(crate) fn senseless(&mut self, key: &str, what: impl Into<String>, expected: impl Into<String>) {
        let span = self.node(key).map_or(self.key, |node| node.span);
        let place = self.report.place(span);
        self.report.senseless(place, what, expected);
    }

    /// Complains about every key that nobody asked for.
    pub(crate) fn finish(self) {
        if self.unknowable {
            return;
        }
        for node in self.keys() {
            if !self.declared.iter().any(|declared| declared.key == node.name) {
                let near = nearest(node.name, self.declared.iter().map(|declared| declared.key));
                let known = listed(self.declared.iter().map(|declared| declared.key));
                let here = if self.path.is_empty() { "the register" } else { &format!("`{}`", self.path) };
                let what = format!("{here} has an unknown key `{}`", node.name);
                let hint = near.map(|key| format!("did you mean `{key}`?"));
                self.report.misshapen(node.key, what, format!("one of {known}"), hint);
            }
        }
    }

    /// What was asked for, as JSON Schema.
    pub(crate) fn describe<E: Entry>() -> Json {
        let mut report = Report::new("", "");
        let mut fields = Fields::over_nothing(&[E::FIELDS, Documentation::FIELDS], &mut report);
        E::read(&mut fields);
        let mut schema = fields.schema();
        schema["description"] = json!(sentence(E::ABOUT));
        schema
    }

    fn schema(&mut self) -> Json {
        let required: Vec<&str> = self.declared.iter().filter(|field| field.required).map(|field| field.key).collect();
        let properties: Map<String, Json> =
            self.declared.drain(..).map(|field| (field.key.to_owned(), field.schema)).collect();
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if !self.expectations.is_empty() {
            schema["anyOf"] = self.expectations.iter().map(|key| json!({ "required": [key] })).collect();
        }
        if self.kinds.is_empty() {
            return schema;
        }
        // Draft 7 cannot add properties to a closed object, so that each kind repeats those that all have.
        let of_all = schema["properties"].take();
        let kinds = self.kinds.drain(..).map(|(_, mut kind)| {
            if let (Some(own), Some(of_all)) = (kind["properties"].as_object_mut(), of_all.as_object()) {
                own.extend(of_all.clone());
            }
            kind
        });
        json!({ "oneOf": kinds.collect::<Vec<Json>>() })
    }

    fn declare<S: Shape>(&mut self, key: &'static str, required: bool, shape: &S) {
        let mut schema = Json::Null;
        if self.table.is_none() {
            schema = shape.schema();
            let meaning = self.meanings.iter().flat_map(|fields| fields.iter()).find(|(name, _)| *name == key);
            if let Some((_, meaning)) = meaning {
                schema["description"] = json!(sentence(meaning));
            }
        }
        self.declared.push(Declared { key, required, schema });
    }

    fn read<S: Shape>(&mut self, key: &str, shape: &S) -> Option<S::Read> {
        let node = self.table.and_then(|table| node::get("", table, key))?;
        shape.read(&Node { path: &self.path, ..node }, self.report)
    }

    fn has(&self, key: &str) -> bool {
        self.node(key).is_some()
    }

    fn node(&self, key: &str) -> Option<Node<'d>> {
        self.table.and_then(|table| node::get("", table, key))
    }

    fn keys(&self) -> Vec<Node<'d>> {
        self.table.map(|table| node::in_order("", table)).unwrap_or_default()
    }
}
