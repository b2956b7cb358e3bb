use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Pairs, Pattern, PlaceOfBackups, Reference, Text, Time};
use setpoint_model::register::{Backup, Repository, Retention};

impl Entry for Backup {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let repository = fields.required("repository", PlaceOfBackups);
        let region = fields.optional("region", Pattern::REGION);
        let credentials_file = fields.optional("credentials_file", Pattern::PATH);
        let password_file = fields.optional("password_file", Pattern::PATH);
        let include = fields.list("include", Pattern::GLOB);
        let exclude = fields.list("exclude", Pattern::GLOB);
        let databases = fields.list("databases", Text);
        let keep = fields.optional("keep", Pairs(Time)).unwrap_or_default();
        keep.iter().for_each(|(environment, _)| fields.refer(Reference::Environment, environment, "keep"));
        fields.at_least_one_of(&["include", "databases"]);
        match &repository {
            Some(Repository::Bucket(_)) if credentials_file.is_none() => fields.senseless(
                "repository",
                "the repository is in a store, and nothing says with which key it is opened",
                "`credentials_file`",
            ),
            Some(Repository::Folder(_)) => {
                let of_store = [("region", region.is_some()), ("credentials_file", credentials_file.is_some())];
                for (key, _) in of_store.into_iter().filter(|(_, is_there)| *is_there) {
                    fields.senseless(
                        key,
                        format!("`{key}` is of a store, and the repository is a folder"),
                        "a repository that begins with `s3:`",
                    );
                }
            }
            Some(Repository::Bucket(_)) | None => {}
        }
        let documentation = fields.documentation();
        Some(Backup {
            repository: repository?,
            region,
            credentials_file,
            password_file,
            include,
            exclude,
            databases,
            keep: keep.into_iter().map(|(environment, age)| Retention { environment, age }).collect(),
            documentation,
            place: fields.place(),
        })
    }
}
