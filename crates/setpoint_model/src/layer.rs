use serde::Serialize;
use std::fmt;

/// The kind of place that gives a default a value, from the weakest to the strongest. The order is the usual
/// one; a mechanism with rules of its own (gunicorn's, say) orders its readings itself when it is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The installed library's own default.
    Library,
    /// The default in the service's own code.
    Code,
    /// A configuration file that the program itself reads, such as `gunicorn.conf.py`.
    ConfigurationFile,
    /// A `.env` file that the code reads.
    Dotenv,
    /// `ENV` of a container image.
    Image,
    /// `environment` of a compose file, an `Environment=` of a unit, a Procfile or a script that sets a variable.
    UnitEnvironment,
    /// A unit's `EnvironmentFile=`, which systemd applies after `Environment=` (systemd.exec(5)).
    EnvironmentFile,
    /// The command line of the process.
    CommandLine,
    /// A unit's or a container's other properties: limits, restart policy, sandboxing.
    Unit,
    /// The proxy in front of the service.
    Proxy,
    /// The machine: kernel limits, time zone.
    Host,
    /// The running process, read from `/proc`, or the container as its engine has it.
    Process,
}

/// Where what a layer says is kept, and so who else has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a file that may be committed: every checkout of the tree that holds it says the same.
    File,
    /// In an installed library: the same for everyone who installs the locked versions, though git ignores it.
    Installation,
    /// On the machine and in what runs on it: no other checkout shows it.
    Machine,
}

impl Layer {
    /// Every layer, weakest first.
    pub const ALL: [Layer; 12] = [
        Layer::Library,
        Layer::Code,
        Layer::ConfigurationFile,
        Layer::Dotenv,
        Layer::Image,
        Layer::UnitEnvironment,
        Layer::EnvironmentFile,
        Layer::CommandLine,
        Layer::Unit,
        Layer::Proxy,
        Layer::Host,
        Layer::Process,
    ];

    /// The word used in JSON, the lock and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Layer::Library => "library",
            Layer::Code => "code",
            Layer::ConfigurationFile => "configuration-file",
            Layer::Dotenv => "dotenv",
            Layer::Image => "image",
            Layer::UnitEnvironment => "unit-environment",
            Layer::EnvironmentFile => "environment-file",
            Layer::CommandLine => "command-line",
            Layer::Unit => "unit",
            Layer::Proxy => "proxy",
            Layer::Host => "host",
            Layer::Process => "process",
        }
    }

    /// Where what this layer says is kept.
    pub fn origin(self) -> Origin {
        match self {
            Layer::Code
            | Layer::ConfigurationFile
            | Layer::Dotenv
            | Layer::Image
            | Layer::UnitEnvironment
            | Layer::EnvironmentFile
            | Layer::CommandLine
            | Layer::Unit
            | Layer::Proxy => Origin::File,
            Layer::Library => Origin::Installation,
            Layer::Host | Layer::Process => Origin::Machine,
        }
    }

    /// True where an operator, not a programmer, sets the value.
    pub fn is_deployment(self) -> bool {
        match self {
            Layer::Library | Layer::Code => false,
            Layer::ConfigurationFile
            | Layer::Dotenv
            | Layer::Image
            | Layer::UnitEnvironment
            | Layer::EnvironmentFile
            | Layer::CommandLine
            | Layer::Unit
            | Layer::Proxy
            | Layer::Host
            | Layer::Process => true,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Layer;

    #[test]
    fn all_is_in_order_and_speaks_the_words_of_json() {
        assert!(Layer::ALL.is_sorted());
        for layer in Layer::ALL {
            assert_eq!(serde_json::to_string(&layer).unwrap(), format!("\"{layer}\""));
        }
    }
}
