//! The connection pools of SQLAlchemy: which engines the code makes, for which database, in which processes.

use crate::Facts;
use crate::calls::Given;
use crate::server::{Server, Worker};
use crate::setting::Setting;
use setpoint_model::{Backend, LibraryCall, ProcessState};

const FUNCTIONS: [&str; 5] = [
    "sqlalchemy.create_engine",
    "sqlalchemy.engine.create_engine",
    "sqlalchemy.ext.asyncio.create_async_engine",
    "sqlmodel.create_engine",
    "sqlmodel.ext.asyncio.create_async_engine",
];

/// An engine that keeps connections, as one process has it.
#[derive(Clone, Copy)]
pub(crate) struct Engine<'a> {
    facts: Facts<'a>,
    pub(crate) call: &'a LibraryCall,
    process: &'a str,
}

impl<'a> Facts<'a> {
    /// The engines with a pool. One that is given another kind of pool (`NullPool`) is not among them.
    pub(crate) fn engines(self, process: &'a str) -> impl Iterator<Item = Engine<'a>> {
        let pooled = |call: &&LibraryCall| ["poolclass", "pool", "creator"].iter().all(|name| call.lacks(name));
        self.calls_of(&FUNCTIONS).filter(pooled).map(move |call| Engine { facts: self, call, process })
    }
}

impl<'a> Engine<'a> {
    /// The kind of its database; of a URL with a password that is known too.
    pub(crate) fn backend(self) -> Option<Backend> {
        self.url().backend()
    }

    pub(crate) fn url(self) -> Given<'a> {
        self.facts.given(self.call, &["0", "url"], self.process)
    }

    /// What holds of an argument: what is given, else the installed version's own default.
    pub(crate) fn setting(self, argument: &str) -> Option<Setting<'a>> {
        let default = format!("sqlalchemy.{argument}");
        self.facts.given_or_built_in(self.call, &[argument], self.process, &default).known()
    }

    /// How many connections a pool opens at most; infinite for `pool_size=0` and `max_overflow=-1`
    /// (`sqlalchemy/pool/impl.py`, `QueuePool`).
    pub(crate) fn capacity(self) -> Option<f64> {
        let (size, overflow) = (self.setting("pool_size")?.number()?, self.setting("max_overflow")?.number()?);
        Some(if size == 0.0 || overflow < 0.0 { f64::INFINITY } else { size + overflow })
    }

    /// How many connections a process with all its workers opens at most; `None` where that is not known.
    pub(crate) fn connections_of(self, process: &'a ProcessState) -> Option<f64> {
        let capacity = self.capacity()?;
        let Some(server) = self.facts.servers().find(|server| server.name() == process.name) else {
            return self.connections_of_jobs(process);
        };
        Some(server.workers()? * at_one_time(server)?.min(capacity))
    }
}

impl Engine<'_> {
    /// A command works with one connection at a time, and so does each child of a celery worker of the usual pool.
    fn connections_of_jobs(self, process: &ProcessState) -> Option<f64> {
        let of_celery = |setting: &str| self.facts.setting(&format!("celery.{setting}"), &process.name);
        match process.program.as_deref()? {
            "python" => Some(1.0),
            "celery" if of_celery("worker_pool").is_none_or(|pool| pool.text() == "prefork") => {
                of_celery("worker_concurrency")?.number()
            }
            _ => None,
        }
    }
}

/// How many requests a worker answers at one time, each with a connection of its own.
fn at_one_time(server: Server<'_>) -> Option<f64> {
    match server.worker()? {
        Worker::Sync => Some(1.0),
        Worker::Threads => server.gunicorn("threads")?.number(),
        Worker::Greenlets | Worker::Tornado | Worker::GunicornAsgi | Worker::Uvicorn => Some(f64::INFINITY),
    }
}
