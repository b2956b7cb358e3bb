use crate::{ByteSpan, LibraryCall, Place};

/// A route by which others ask whether the service is well: `@app.get("/health")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthRoute {
    /// Where the route is made.
    pub place: Place,
    /// `/health`, with the prefix of its router where that is known.
    pub path: String,
    /// The functions of the service that a request of it runs: the handler's body, and those of the functions that it
    /// calls, two levels deep. Empty where it is not known what answers, or whether the route is the service's own.
    pub runs: Vec<Place>,
    /// It surely answers the same whatever the rest of the world does: nothing that it runs asks or waits for anything,
    /// and nothing runs before it.
    pub is_constant: bool,
    /// Something that it runs raises an error, or names a status of 500 or above.
    pub may_fail: bool,
    /// The parts of `runs` within a `try` that catches something.
    pub guarded: Vec<Place>,
    /// The processes whose application surely imports the file.
    pub imported_by: Vec<String>,
}

impl HealthRoute {
    /// True if a request of it may make this call.
    pub fn makes(&self, call: &LibraryCall) -> bool {
        lies_in(&call.place, &self.runs)
    }

    /// True if an error of this call is caught.
    pub fn guards(&self, call: &LibraryCall) -> bool {
        lies_in(&call.place, &self.guarded)
    }
}

fn lies_in(place: &Place, around: &[Place]) -> bool {
    let is_within = |inner: ByteSpan, outer: ByteSpan| outer.start <= inner.start && inner.end <= outer.end;
    around.iter().any(|outer| {
        outer.file == place.file && place.span.zip(outer.span).is_some_and(|(inner, outer)| is_within(inner, outer))
    })
}
