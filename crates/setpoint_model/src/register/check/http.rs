use crate::Value;
use crate::register::ExpectedText;
use std::time::Duration;

documented! {
    /// Asks for an address over HTTP and looks at the answer.
    pub struct HttpCheck {
        /// A path below the environment's `url`, or a whole URL.
        pub http: String,
        /// The request's method; `GET` where it is left out.
        pub method: String,
        /// Headers that are sent.
        pub headers: Vec<(String, String)>,
        /// The body that is sent.
        pub body: Option<String>,
        /// How many redirects are followed; none where it is left out.
        pub redirects: u8,
        /// The status that is expected, or several of which one is.
        pub status: Vec<u16>,
        /// Headers that the answer must carry: `{ content-type = "text/html" }`.
        pub header: Vec<(String, ExpectedText)>,
        /// Values in the answer's JSON by their path: `{ ok = true, "items[0].sku" = "a1" }`.
        pub json: Vec<(String, Value)>,
        /// What the answer's body must say.
        pub text: Vec<ExpectedText>,
        /// How many days the certificate must still be valid.
        pub certificate_days: Option<u32>,
        /// The whole answer must be there in this time.
        pub within: Option<Duration>,
        /// The name must be looked up in this time.
        pub lookup_within: Option<Duration>,
        /// The connection must stand in this time.
        pub connect_within: Option<Duration>,
        /// The TLS handshake must be done in this time.
        pub tls_within: Option<Duration>,
        /// The first byte of the answer must come in this time.
        pub first_byte_within: Option<Duration>,
    }

    /// Sends what should be refused to an endpoint and demands a 4xx that names the field, says what was expected and whether a retry makes sense.
    pub struct RejectsCheck {
        /// A path below the environment's `url`, or a whole URL.
        pub rejects: String,
        /// The request's method; `POST` where it is left out.
        pub method: String,
        /// Headers that are sent.
        pub headers: Vec<(String, String)>,
        /// A body that is accepted; each case spoils it in one way.
        pub valid: Vec<(String, Value)>,
        /// The ways in which it is spoiled; all where it is left out.
        pub cases: Vec<Rejection>,
        /// Where the service describes its own interface (`OpenAPI`), from which the cases are made: `/openapi.json`.
        pub openapi: Option<String>,
        /// The status that is expected, or several of which one is; any 4xx where it is left out.
        pub status: Vec<u16>,
    }
}

impl HttpCheck {
    /// A request of which nothing is expected but a status of 2xx.
    pub fn new(method: impl Into<String>, http: impl Into<String>) -> Self {
        Self {
            http: http.into(),
            method: method.into(),
            headers: Vec::new(),
            body: None,
            redirects: 0,
            status: Vec::new(),
            header: Vec::new(),
            json: Vec::new(),
            text: Vec::new(),
            certificate_days: None,
            within: None,
            lookup_within: None,
            connect_within: None,
            tls_within: None,
            first_byte_within: None,
        }
    }
}

worded! {
    /// A way to spoil a request that was right.
    pub enum Rejection {
        /// A required field is left out.
        MissingField = "missing-field",
        /// A field has a value of another type.
        WrongType = "wrong-type",
        /// A text is longer than any service should take.
        TooLong = "too-long",
        /// A field that does not exist.
        UnknownField = "unknown-field",
        /// JSON that ends too early.
        BrokenJson = "broken-json",
        /// A content type that is not the body's.
        WrongContentType = "wrong-content-type",
        /// A body above the size limit.
        OversizedBody = "oversized-body",
    }
}
