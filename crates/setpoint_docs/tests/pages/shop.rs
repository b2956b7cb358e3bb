//! A small shop behind nginx, as a capture would find it.

use setpoint_docs::Pages;
use setpoint_model::register::{DefaultEntry, Documentation, Register, Service};
use setpoint_model::{
    Effective, Finding, Fingerprint, Held, Layer, Mechanism, NamedDefault, Place, ProcessState, Reading, Severity,
    Site, Snapshot, Value,
};

/// What the pages are made from.
pub(crate) struct Shop {
    pub(crate) snapshot: Snapshot,
    pub(crate) register: Register,
    pub(crate) findings: Vec<Finding>,
}

impl Shop {
    pub(crate) fn pages(&self) -> Pages<'_> {
        Pages { snapshot: &self.snapshot, register: Some(&self.register), findings: &self.findings }
    }
}

/// A default with one reading, which is effective.
pub(crate) fn default(
    name: &str,
    mechanism: Mechanism,
    layer: Layer,
    value: Held,
    file: &str,
    symbol: &str,
) -> NamedDefault {
    let default = NamedDefault { dynamic: value == Held::Dynamic, ..NamedDefault::unset(name, layer, mechanism) };
    let default = NamedDefault { value: value.clone(), ..default };
    set(default, layer, value, file, symbol)
}

/// The same default with a stronger reading on top.
pub(crate) fn set(mut default: NamedDefault, layer: Layer, value: Held, file: &str, symbol: &str) -> NamedDefault {
    let number = u32::try_from(default.readings.len()).unwrap() + 7;
    let place = Place { file: file.to_owned(), line: number, column: 5, span: None };
    let symbol = (!symbol.is_empty()).then(|| symbol.to_owned());
    let text = match &value {
        Held::Constant(value) => value.to_string(),
        Held::Dynamic => "default_workers(os.cpu_count())".to_owned(),
        Held::Secret(_) => "***".to_owned(),
        Held::Nothing => String::new(),
    };
    let mechanism = default.mechanism;
    let effective = Effective { value: value.clone(), layer, place: place.clone() };
    default.readings.push(Reading { layer, mechanism, value, text, place, symbol, process: None });
    default.effective = (effective.value != Held::Nothing).then_some(effective);
    default
}

pub(crate) fn integer(value: i128) -> Held {
    Held::Constant(Value::Integer(value))
}

pub(crate) fn text(value: &str) -> Held {
    Held::Constant(Value::from(value))
}

fn setting(name: &str, type_name: &str, value: Held, description: &str) -> NamedDefault {
    let field = format!("Settings.{}", name.trim_start_matches("SHOP_").to_lowercase());
    NamedDefault {
        type_name: Some(type_name.to_owned()),
        description: (!description.is_empty()).then(|| description.to_owned()),
        ..default(name, Mechanism::PydanticSettings, Layer::Code, value, "shop/settings.py", &field)
    }
}

fn required(default: NamedDefault) -> NamedDefault {
    NamedDefault { required: true, effective: None, value: Held::Nothing, ..default }
}

fn secret(default: NamedDefault) -> NamedDefault {
    NamedDefault { secret: true, ..default }
}

pub(crate) fn entry(name: &str, value: Option<Value>, owner: &str, [why, expect, rollback]: [&str; 3]) -> DefaultEntry {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    DefaultEntry {
        name: name.to_owned(),
        value,
        per_process: Vec::new(),
        documentation: Documentation {
            owner: said(owner),
            why: said(why),
            expect: said(expect),
            rollback: said(rollback),
        },
        place: Place::file("setpoint.toml"),
    }
}

pub(crate) fn finding(code: &'static str, severity: Severity, subject: &str, message: &str, expected: &str) -> Finding {
    Finding {
        code,
        name: "unknown-variable",
        severity,
        message: message.to_owned(),
        expected: expected.to_owned(),
        subject: Some(subject.to_owned()),
        places: vec![Place::file("deploy/shop.env")],
        hint: None,
        waived: None,
        waived_until: None,
        process: None,
    }
}

const ENV: &str = "deploy/shop.env";
const SITE: &str = "deploy/nginx/shop.conf";
const UNIT: &str = "deploy/shop.service";
const CONFIG: &str = ".venv/lib/python3.12/site-packages/uvicorn/config.py";

fn nginx(name: &str, value: &str, symbol: &str) -> NamedDefault {
    default(&format!("nginx.{name}"), Mechanism::Nginx, Layer::Proxy, text(value), SITE, symbol)
}

fn uvicorn(name: &str, value: Held) -> NamedDefault {
    let symbol = format!("Config.{name}");
    default(&format!("uvicorn.{name}"), Mechanism::Uvicorn, Layer::Library, value, CONFIG, &symbol)
}

fn unit(name: &str, value: &str) -> NamedDefault {
    default(&format!("systemd.{name}"), Mechanism::Systemd, Layer::Unit, text(value), UNIT, "[Service]")
}

fn service_settings() -> Vec<NamedDefault> {
    let hosts = Held::Constant(Value::List(vec![Value::from("shop.example"), Value::from("www.shop.example")]));
    let pool = setting("SHOP_POOL_SIZE", "int", integer(5), "Connections that the pool keeps open.");
    let gateway = setting(
        "SHOP_GATEWAY_TIMEOUT",
        "float",
        Held::Constant(Value::Float(10.0)),
        "Seconds to wait for the gateway.",
    );
    let database = setting("SHOP_DATABASE_URL", "str", text("sqlite:///shop.db"), "");
    vec![
        setting("SHOP_ALLOWED_HOSTS", "list[str]", hosts, "Names that the service answers to."),
        set(database, Layer::EnvironmentFile, text("sqlite:////var/lib/shop/shop.db"), ENV, ""),
        setting("SHOP_DEBUG", "bool", Held::Constant(Value::Bool(false)), ""),
        secret(required(setting("SHOP_GATEWAY_API_KEY", "SecretStr", Held::Nothing, "Key of the payment gateway."))),
        set(gateway, Layer::UnitEnvironment, text("30"), UNIT, "[Service]"),
        setting("SHOP_GATEWAY_RETRIES", "int", integer(3), ""),
        setting("SHOP_GATEWAY_URL", "HttpUrl", text("https://gateway.example/v2"), "Where payments go."),
        setting("SHOP_GREETING", "str", text("Welcome to \"the shop\" | it's #1, \\o/ `really`"), ""),
        set(pool, Layer::EnvironmentFile, text("20"), ENV, ""),
        setting("SHOP_POOL_TIMEOUT", "int", integer(30), ""),
        setting("SHOP_REQUEST_TIMEOUT", "int", integer(25), "Seconds after which a page gives up."),
        secret(set(
            setting("SHOP_SECRET_KEY", "SecretStr", Held::Secret(Fingerprint::from(1)), "Signs the session cookie."),
            Layer::EnvironmentFile,
            Held::Secret(Fingerprint::from(2)),
            ENV,
            "",
        )),
        setting("SHOP_WORKERS", "int", Held::Dynamic, "Threads that import prices."),
        required(setting("SHOP_REGION", "Literal['eu', 'us']", Held::Nothing, "")),
        default("LOG_LEVEL", Mechanism::Environ, Layer::Code, text("INFO"), "shop/logs.py", "configure"),
        default("SHOP_GATEWAY_TIMOUT", Mechanism::UnitEnvironment, Layer::EnvironmentFile, text("15"), ENV, ""),
    ]
}

/// The whole shop.
pub(crate) fn shop() -> Shop {
    let mut defaults = service_settings();
    defaults.extend([
        nginx("listen", "443 ssl", "server shop.example"),
        nginx("client_max_body_size", "8m", "server shop.example"),
        nginx("keepalive_timeout", "65s", "server shop.example"),
        nginx("proxy_connect_timeout", "5s", "server shop.example / location /"),
        nginx("proxy_read_timeout", "60s", "server shop.example / location /"),
        default(
            "nginx[shop.example/exports/].proxy_read_timeout",
            Mechanism::Nginx,
            Layer::Proxy,
            text("300s"),
            SITE,
            "server shop.example / location /exports/",
        ),
        nginx("upstream.keepalive", "16", "upstream shop"),
        set(uvicorn("host", text("127.0.0.1")), Layer::CommandLine, text("127.0.0.1"), UNIT, "[Service] ExecStart"),
        set(uvicorn("port", integer(8000)), Layer::CommandLine, integer(8000), UNIT, "[Service] ExecStart"),
        set(
            uvicorn("workers", Held::Constant(Value::Null)),
            Layer::CommandLine,
            integer(2),
            UNIT,
            "[Service] ExecStart",
        ),
        set(uvicorn("timeout_keep_alive", integer(5)), Layer::CommandLine, integer(75), UNIT, "[Service] ExecStart"),
        uvicorn("timeout_graceful_shutdown", Held::Constant(Value::Null)),
        uvicorn("limit_concurrency", Held::Constant(Value::Null)),
        uvicorn("backlog", integer(2048)),
        unit("Restart", "on-failure"),
        unit("TimeoutStopSec", "20"),
        unit("LimitNOFILE", "4096"),
    ]);
    defaults.sort_by(|one, two| one.name.cmp(&two.name));
    let process = ProcessState {
        name: "shop.service".to_owned(),
        program: Some("uvicorn".to_owned()),
        app: Some("shop.main:app".to_owned()),
        ..ProcessState::default()
    };
    let site = Site { root: "/home/somebody/shop".to_owned(), processes: vec![process], ..Site::default() };
    let keep_alive = entry(
        "uvicorn.timeout_keep_alive",
        Some(Value::Integer(75)),
        "",
        [
            "nginx keeps an idle upstream connection for 60 s and must be the one that closes it",
            "no `upstream prematurely closed` in nginx's error log",
            "drop `--timeout-keep-alive` from the unit, restart shop",
        ],
    );
    let pool = entry(
        "SHOP_POOL_SIZE",
        Some(Value::Integer(10)),
        "data team",
        ["two workers with ten threads each", "`QueuePool limit` is never logged", "set it to 5, restart shop"],
    );
    let register = Register {
        file: "setpoint.toml".to_owned(),
        service: Some(Service {
            name: "shop".to_owned(),
            owner: Some("platform team".to_owned()),
            code: None,
            place: Place::file("setpoint.toml"),
        }),
        defaults: vec![keep_alive, pool],
        ..Register::default()
    };
    let unread = finding(
        "SP006",
        Severity::Error,
        "SHOP_GATEWAY_TIMOUT",
        "`SHOP_GATEWAY_TIMOUT` is set and no code reads it",
        "a variable that the code reads",
    );
    let findings = vec![
        Finding { hint: Some("did you mean `SHOP_GATEWAY_TIMEOUT`?".to_owned()), ..unread },
        finding(
            "SP002",
            Severity::Warning,
            "SHOP_POOL_SIZE",
            "`SHOP_POOL_SIZE` is 20 and the register says 10",
            "10, as documented",
        ),
    ];
    Shop {
        snapshot: Snapshot { version: 1, site, defaults, calls: Vec::new(), needs: Vec::new(), problems: Vec::new() },
        register,
        findings,
    }
}
