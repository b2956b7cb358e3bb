//! Tells by its name whether a default holds a secret.

/// Words that make a name a secret wherever they stand in it.
const ANYWHERE: [&str; 11] = [
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWORDS",
    "PGPASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "CREDENTIALS",
    "PRIVATEKEY",
    "APIKEY",
];
/// Words that make a name a secret only at its end, since `TOKEN_LIFETIME` and `KEY_PREFIX` are none.
const AT_THE_END: [&str; 13] = [
    "AUTHORIZATION",
    "BASICAUTH",
    "FERNET",
    "HMAC",
    "PAT",
    "TOKEN",
    "AUTHTOKEN",
    "SALT",
    "PASS",
    "DBPASS",
    "DSN",
    "PEPPER",
    "SECRETKEY",
];
/// What may stand before a final `TOKENS` to make it secrets; those that a language model counts are none.
const TOKENS: [&str; 6] = ["API", "ACCESS", "AUTH", "BEARER", "REFRESH", "SERVICE"];
/// What may stand before a final `KEYS` to make them secrets; `SORT_KEYS` are none.
const KEYS: [&str; 13] = [
    "ACCOUNT",
    "API",
    "PRIVATE",
    "ENCRYPTION",
    "SIGNING",
    "ACCESS",
    "MASTER",
    "AUTH",
    "SESSION",
    "HMAC",
    "JWT",
    "FERNET",
    "CRYPT",
];
/// What may stand before a final `KEY` and makes it no secret: by such a key something is looked up, sorted or told apart.
const KEYS_TO_THINGS: [&str; 32] = [
    "CACHE",
    "COLUMN",
    "CONTEXT",
    "CORRELATION",
    "CURSOR",
    "DICT",
    "EVENT",
    "FEATURE",
    "FIELD",
    "FOREIGN",
    "GROUP",
    "IDEMPOTENCY",
    "INDEX",
    "ITEM",
    "LABEL",
    "LOOKUP",
    "MAP",
    "MESSAGE",
    "METADATA",
    "OBJECT",
    "ORDER",
    "PAGE",
    "PARTITION",
    "PRIMARY",
    "PUBLIC",
    "REDIS",
    "RESULT",
    "ROUTING",
    "ROW",
    "SHARD",
    "SORT",
    "UNIQUE",
];
/// Last words that say the name is about a secret and holds none.
const ABOUT: [&str; 35] = [
    "PATTERN",
    "REGEX",
    "STRENGTH",
    "SCORE",
    "FILE",
    "PATH",
    "DIR",
    "NAME",
    "URL",
    "HEADER",
    "LENGTH",
    "SIZE",
    "TTL",
    "LIFETIME",
    "EXPIRE",
    "EXPIRES",
    "EXPIRY",
    "EXPIRATION",
    "SECONDS",
    "MINUTES",
    "HOURS",
    "DAYS",
    "TIMEOUT",
    "ENABLED",
    "REQUIRED",
    "ALGORITHM",
    "TYPE",
    "PREFIX",
    "FIELD",
    "COUNT",
    "LIMIT",
    "POLICY",
    "VALIDATORS",
    "HASHERS",
    "ENDPOINT",
];

/// The words of the headers that hold a session (RFC 6265, sections 4.1 and 4.2).
const COOKIES: [&[&str]; 2] = [&["COOKIE"], &["SET", "COOKIE"]];

/// The directives of nginx that hold a secret. Others only sound so: `proxy_pass` passes a request on, and
/// `server_tokens` is a banner.
const NGINX: [&str; 2] = ["secure_link_md5", "secure_link_secret"];

/// True if a default of this name most likely holds a secret: `SHOP_SECRET_KEY`, `gatewayApiKey`, `DB_PASSWORD`,
/// and not `PASSWORD_MIN_LENGTH` or `MAX_TOKENS`.
pub fn is_secret_name(name: &str) -> bool {
    match directive(name) {
        Some((proxy, directive)) => match directive.split_once('.') {
            Some((_, thing)) => is_secret_thing(thing),
            None => proxy == "nginx" && NGINX.contains(&directive),
        },
        None => is_secret_by_words(name),
    }
}

fn is_secret_by_words(name: &str) -> bool {
    let words = name_words(name);
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(&last.as_str()) {
        return false;
    }
    if words.iter().any(|word| ANYWHERE.contains(&word.as_str())) || AT_THE_END.contains(&last.as_str()) {
        return true;
    }
    let Some(before) = words.len().checked_sub(2).map(|at| words[at].as_str()) else { return false };
    match last.as_str() {
        "KEY" => !KEYS_TO_THINGS.contains(&before),
        "KEYS" => KEYS.contains(&before),
        "TOKENS" => TOKENS.contains(&before),
        // `user:password`, as the option `--basic-auth` takes it.
        "AUTH" => before == "BASIC",
        // By itself it is the working directory.
        "PWD" => true,
        _ => false,
    }
}

/// The proxy and its directive of `nginx.DIRECTIVE`, `caddy[REQUESTS].DIRECTIVE`, or either with `.THING` for what the
/// directive names, such as a header: `reverse_proxy.header_up.X-Api-Key`.
fn directive(name: &str) -> Option<(&str, &str)> {
    ["nginx", "caddy"].into_iter().find_map(|proxy| {
        let behind = name.strip_prefix(proxy)?;
        let (_, located) = behind.strip_prefix('[').and_then(|behind| behind.rsplit_once("].")).unzip();
        Some((proxy, behind.strip_prefix('.').or(located)?))
    })
}

/// Each part counts, since a header may have dots in it: `X-Api-Key.v2`.
fn is_secret_thing(thing: &str) -> bool {
    let is_cookie = |part: &str| COOKIES.iter().any(|cookie| name_words(part) == *cookie);
    is_secret_by_words(thing) || thing.split('.').any(|part| is_secret_by_words(part) || is_cookie(part))
}

/// The words of a name in capitals: `shopSecretKey`, `SHOP_SECRET_KEY`, `shop.secret-key` → `SHOP`, `SECRET`, `KEY`.
pub fn name_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for letter in name.chars() {
        let starts = !letter.is_alphanumeric() || (letter.is_uppercase() && before.is_lowercase());
        if starts {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.extend(letter.to_uppercase()));
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hold_secrets_and_names_about_them() {
        for name in [
            "SECRET_KEY",
            "shop.gatewayApiKey",
            "DB_PASSWORD",
            "GITHUB_TOKEN",
            "SENTRY_DSN",
            "OPENAI_KEY",
            "GITHUB_PAT",
            "DB_PASS",
            "--basic-auth",
            "nginx.proxy_set_header.Authorization",
            "nginx[shop.example/a].proxy_set_header.X-Api-Key",
            "nginx.secure_link_secret",
            "caddy.reverse_proxy.header_up.Authorization",
            "caddy[shop.example/a].reverse_proxy.header_up.X-Api-Key",
            "caddy.reverse_proxy.header_up.X-Api-Key.v2",
            "nginx.proxy_set_header.X-Api-Key.v2",
            "nginx.proxy_set_header.Cookie",
            "caddy.header.>Set-Cookie",
            "caddy.reverse_proxy.lb_policy.secret",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "PASSWORD_MIN_LENGTH",
            "MAX_TOKENS",
            "TOKEN_LIFETIME",
            "CACHE_KEY",
            "SORT_KEYS",
            "PRIMARY_KEY",
            "KEYSPACE",
            "SECRET_FILE",
            "PWD",
            "CONTEXT_TOKENS",
            "caddy.reverse_proxy",
            "caddy[shop.example/password].request_body.max_size",
            "caddy[shop.example/password].respond",
            "caddy.reverse_proxy.lb_policy",
            "SESSION_COOKIE",
            "caddy[",
            "caddy[a",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn nginx_s_directives_have_words_of_their_own() {
        for name in ["nginx.proxy_pass", "nginx[~ [a].b].uwsgi_pass", "nginx.server_tokens", "nginx.upstream.server"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
