use super::{Entry, comparison};
use crate::fields::Fields;
use crate::shapes::{Flag, Text, Time, Whole};
use setpoint_model::register::{Comparison, ConfigCheck, RedisCheck, SqlCheck};

impl Entry for SqlCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let sql = fields.required("sql", Text);
        let database = fields.required("database", Text);
        fields.at_least_one_of(&["equals", "at_least", "at_most", "rows"]);
        let value = comparison(fields);
        let rows = fields.optional("rows", Whole::between(0, u32::MAX));
        let within = fields.optional("within", Time);
        Some(SqlCheck { sql: sql?, database: database?, value, rows, within })
    }
}

impl Entry for RedisCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let redis = fields.required("redis", Text);
        let send = fields.list("send", Text);
        let value = comparison(fields);
        let within = fields.optional("within", Time);
        if !send.is_empty() && value == Comparison::default() {
            let what = format!("whatever the answer to `{}` is, the check would pass", send.join(" "));
            fields.senseless("send", what, "one of `equals`, `at_least`, `at_most`");
        }
        Some(RedisCheck { redis: redis?, send, value, within })
    }
}

impl Entry for ConfigCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let config = fields.required("config", Text);
        fields.at_least_one_of(&["set", "equals", "at_least", "at_most"]);
        let set = fields.optional("set", Flag);
        let value = comparison(fields);
        Some(ConfigCheck { config: config?, set, value })
    }
}
