use setpoint_formats::nginx::{Configuration, Node, Setting, Token};
use setpoint_model::{ByteSpan, Value};

/// Directives that set one named thing each: their first argument is a part of the default's name.
const KEYED: [&str; 10] = [
    "add_header",
    "add_trailer",
    "fastcgi_param",
    "grpc_set_header",
    "log_format",
    "proxy_set_header",
    "proxy_ssl_conf_command",
    "scgi_param",
    "ssl_conf_command",
    "uwsgi_param",
];

/// What one directive, or several of one name together, give.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// `proxy_read_timeout`, `proxy_set_header.Host`, `upstream.keepalive`.
    pub(super) name: String,
    /// Text; a list of texts where the directive is repeated; true for one without arguments.
    pub(super) value: Value,
    /// As written; several apart by `; `.
    pub(super) text: String,
    /// The first of the directives.
    pub(super) node: Node,
    /// The bytes of its value.
    pub(super) span: ByteSpan,
}

/// What these settings give, in their order.
pub(super) fn given(configuration: &Configuration, settings: Vec<Setting>, prefix: &str) -> Vec<Given> {
    let mut given = Vec::new();
    for Setting { name, nodes } in settings {
        if !KEYED.contains(&name.as_str()) {
            given.push(together(configuration, format!("{prefix}{name}"), &nodes, 0));
            continue;
        }
        let mut keyed: Vec<(String, Vec<Node>)> = Vec::new();
        for node in nodes {
            let key = configuration.directive(node).arguments.first().map_or_else(String::new, |key| key.text().into());
            match keyed.iter_mut().find(|(known, _)| *known == key) {
                Some((_, nodes)) => nodes.push(node),
                None => keyed.push((key, vec![node])),
            }
        }
        let named =
            |(key, nodes): (String, Vec<Node>)| together(configuration, format!("{prefix}{name}.{key}"), &nodes, 1);
        given.extend(keyed.into_iter().map(named));
    }
    given
}

/// The directives' arguments after the first `skip`.
fn together(configuration: &Configuration, name: String, nodes: &[Node], skip: usize) -> Given {
    let arguments = |node: Node| configuration.directive(node).arguments.get(skip..).unwrap_or_default();
    let value = |node: Node| {
        let words: Vec<_> = arguments(node).iter().map(Token::text).collect();
        if configuration.directive(node).arguments.is_empty() {
            Value::Bool(true)
        } else {
            Value::Text(words.join(" "))
        }
    };
    let span = |node: Node| match arguments(node) {
        [first, .., last] => ByteSpan { start: first.span.start, end: last.span.end },
        [only] => only.span,
        [] => configuration.directive(node).name.span,
    };
    let text = |node: Node| {
        let span = span(node);
        String::from_utf8_lossy(&configuration.file(node).text[span.start..span.end]).into_owned()
    };
    let values: Vec<_> = nodes.iter().copied().map(value).collect();
    let texts: Vec<_> = nodes.iter().copied().map(text).collect();
    let value = match <[Value; 1]>::try_from(values) {
        Ok([value]) => value,
        Err(values) => Value::List(values),
    };
    Given { name, value, text: texts.join("; "), node: nodes[0], span: span(nodes[0]) }
}
