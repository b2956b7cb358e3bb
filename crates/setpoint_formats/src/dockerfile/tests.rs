use super::{image, last_image, parse};
use proptest::prelude::*;

const FILE: &str = r#"# syntax=docker/dockerfile:1
ARG VERSION=3.12
FROM python:${VERSION}-slim AS base
ENV PYTHONUNBUFFERED=1 \
    # why
    SHOP_HOST=0.0.0.0 SHOP_URL="http://x?a=1&b=2"

FROM base AS test
ENV SHOP_TEST=1
RUN <<EOF
ENV NOT=this
EOF
from base
WORKDIR /srv/shop
ENV SHOP_NAME the shop of $SHOP_HOST
ENV SHOP_PORT=8000 SHOP_BIND=$SHOP_HOST:${SHOP_PORT:-1} SHOP_PATH=$PATH:/x 'SHOP_QUOTED=a b'
ENTRYPOINT ["dumb-init", "--"]
CMD ["sh", "-c", "exec gunicorn -b :$SHOP_PORT shop:app"]
"#;

#[test]
fn the_last_stage_counts_with_what_it_builds_on() {
    let (instructions, complaints) = parse(FILE.as_bytes());
    assert!(complaints.is_empty());
    let image = last_image(&instructions);
    let set: Vec<_> = image.environment.iter().map(|set| format!("{}={}", set.name, set.value.as_str())).collect();
    let expected = [
        "PYTHONUNBUFFERED=1",
        "SHOP_HOST=0.0.0.0",
        "SHOP_URL=http://x?a=1&b=2",
        "SHOP_NAME=the shop of 0.0.0.0",
        "SHOP_PORT=8000",
        // A variable is known only to the instructions after its own.
        "SHOP_BIND=0.0.0.0:1",
        "SHOP_PATH=$PATH:/x",
        "SHOP_QUOTED=a b",
    ];
    assert_eq!(set, expected);
    let port = image.environment[4].value.span;
    assert_eq!(&FILE[port.start..port.end], "8000");
    let commands = image.commands();
    let words: Vec<_> = commands[0].words.iter().map(crate::Word::as_str).collect();
    assert_eq!(words, ["gunicorn", "-b", ":8000", "shop:app"]);
    assert_eq!(image.directory.unwrap().as_str(), "/srv/shop");
}

#[test]
fn a_stage_is_built_with_arguments() {
    let text = "ARG PORT=1\nFROM x AS base\nARG PORT\nARG MODE=fast\nENV SHOP_PORT=$PORT SHOP_MODE=$MODE\nFROM base AS Test\nENV SHOP_TEST=1\nFROM base\n";
    let (instructions, _) = parse(text.as_bytes());
    let shown = |target, given: &dyn Fn(&str) -> Option<String>| {
        let image = image(&instructions, target, given)?;
        Some(image.environment.iter().map(|set| format!("{}={} ", set.name, set.value.as_str())).collect::<String>())
    };
    assert_eq!(shown(None, &|_| None).unwrap(), "SHOP_PORT=1 SHOP_MODE=fast ");
    let given = |name: &str| (name == "PORT").then(|| "8000".to_owned());
    assert_eq!(shown(Some("test"), &given).unwrap(), "SHOP_PORT=8000 SHOP_MODE=fast SHOP_TEST=1 ");
    assert_eq!(shown(Some("nobody"), &given), None);
}

#[test]
fn a_backtick_may_join_lines() {
    let (instructions, _) = parse(b"# escape=`\nFROM x\nENV A=1 `\n  B=2\nCMD uvicorn a:b");
    let image = last_image(&instructions);
    assert_eq!(image.environment.len(), 2);
    assert_eq!(image.commands()[0].program(), "uvicorn");
}

proptest! {
    #[test]
    fn no_text_panics(text in "(FROM a|ENV |CMD |ENTRYPOINT |[\\[\\]\"'\\\\ A-C=$\\{\\}:\\-\\n<#]{1,6}){0,20}") {
        let image = last_image(&parse(text.as_bytes()).0);
        let _ = image.commands();
        for set in image.environment {
            prop_assert!(set.value.span.end <= text.len());
        }
    }
}
