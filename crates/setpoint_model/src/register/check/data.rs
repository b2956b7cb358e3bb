use crate::register::Comparison;
use std::time::Duration;

documented! {
    /// Runs a query and looks at the first column of its first row.
    pub struct SqlCheck {
        /// The query.
        pub sql: String,
        /// The default that holds the database's URL: `SHOP_DATABASE_URL`.
        pub database: String,
        /// What the value must be.
        pub value: Comparison,
        /// How many rows there must be.
        pub rows: Option<u64>,
        /// The answer must come in this time.
        pub within: Option<Duration>,
    }

    /// Sends a command to a Redis server and looks at its answer.
    pub struct RedisCheck {
        /// The default that holds the server's URL: `SHOP_REDIS_URL`.
        pub redis: String,
        /// The command and its arguments; `["PING"]`, which is answered with `PONG`, where it is left out.
        pub send: Vec<String>,
        /// What the answer must be.
        pub value: Comparison,
        /// The answer must come in this time.
        pub within: Option<Duration>,
    }

    /// Looks at the effective value of a default.
    pub struct ConfigCheck {
        /// The default's name.
        pub config: String,
        /// Whether it must have a value at all.
        pub set: Option<bool>,
        /// What the value must be.
        pub value: Comparison,
    }
}
