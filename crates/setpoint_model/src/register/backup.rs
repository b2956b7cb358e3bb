use crate::Place;
use crate::register::{Documentation, Repository};
use std::time::Duration;

documented! {
    /// What is saved before a change, and where.
    pub struct Backup {
        /// The restic-format repository: a folder, or a store that speaks S3, `s3:https://HOST[:PORT]/BUCKET[/PREFIX]`.
        pub repository: Repository,
        /// The region of that store; `us-east-1` where it is left out.
        pub region: Option<String>,
        /// The file with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of that store, which nobody else may read.
        pub credentials_file: Option<String>,
        /// The file that holds the repository's password.
        pub password_file: Option<String>,
        /// Files and folders; `*` stands for any part of one name.
        pub include: Vec<String>,
        /// What is left out of them.
        pub exclude: Vec<String>,
        /// The defaults that hold the URLs of the databases to dump.
        pub databases: Vec<String>,
        /// How long backups are kept, by environment: `{ production = "90d" }`.
        pub keep: Vec<Retention>,
        /// Who, why, and how to get back.
        pub documentation: Documentation,
        /// Where it stands.
        pub place: Place,
    }
}

/// How long the backups of one environment are kept. One that a proven rollback needs is kept longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The environment.
    pub environment: String,
    /// The age at which they may go.
    pub age: Duration,
}
