use super::{Allowed, Exchange, allowed};
use http_cache_semantics::{CacheOptions, CachePolicy};
use insta::assert_snapshot;
use std::time::{Duration, SystemTime};
use ureq_proto::http::{HeaderMap, Request, Response, Uri};

/// Sun, 06 Nov 1994 08:49:37 GMT, the time of the RFC's examples.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)
}

/// `METHOD [HEADER: VALUE; …] > STATUS [HEADER: VALUE; …]`, with the headers apart by ` ~ `.
fn read(case: &str) -> (String, Vec<(String, String)>, u16, HeaderMap) {
    let (asked, answered) = case.split_once(" > ").unwrap();
    let parts = |text: &str| -> (String, Vec<(String, String)>) {
        let mut parts = text.split(" ~ ");
        let first = parts.next().unwrap().to_owned();
        let pair = |part: &str| part.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
        (first, parts.map(pair).collect())
    };
    let ((method, asked), (status, answered)) = (parts(asked), parts(answered));
    let mut headers = HeaderMap::new();
    for (name, value) in answered {
        let name: ureq_proto::http::HeaderName = name.parse().unwrap();
        headers.append(name, ureq_proto::http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    (method, asked, status.parse().unwrap(), headers)
}

fn uri() -> Uri {
    "http://shop.example/a".parse().unwrap()
}

fn ours(case: &str) -> String {
    let (method, asked, status, answered) = read(case);
    let (uri, now) = (uri(), now());
    let exchange = Exchange { method: &method, uri: &uri, asked: &asked, status, answered: &answered, now };
    let Allowed { is_storable, fresh, while_renewed, without, is_for_nobody } = allowed(&exchange).unwrap();
    let mut said = vec![if is_storable { format!("fresh for {} s", fresh.as_secs()) } else { "no".to_owned() }];
    said.extend((!while_renewed.is_zero()).then(|| format!("{} s more", while_renewed.as_secs())));
    said.extend((!without.is_empty()).then(|| format!("without {}", without.join(" "))));
    said.extend(is_for_nobody.then(|| "for nobody".to_owned()));
    said.join(", ")
}

/// What the crate says by itself.
fn crates(case: &str) -> String {
    let (method, asked, status, answered) = read(case);
    let mut request = Request::builder().method(method.as_str()).uri(uri());
    for (name, value) in &asked {
        request = request.header(name, value);
    }
    let request = request.body(()).unwrap();
    let mut response = Response::builder().status(status).body(()).unwrap();
    *response.headers_mut() = answered;
    let policy = CachePolicy::new_options(&request, &response, now(), CacheOptions::default());
    if policy.is_storable() { format!("fresh for {} s", policy.time_to_live(now()).as_secs()) } else { "no".to_owned() }
}

/// A case of which the crate by itself says something else than the RFC. Where it says the same, the correction is to go.
#[track_caller]
fn corrects(case: &str, right: &str) {
    assert_eq!(ours(case), right, "{case}");
    assert_ne!(crates(case), right, "the crate reads `{case}` right by now: take its correction away");
}

#[test]
fn what_both_say() {
    let cases = [
        "GET > 200 ~ Cache-Control: max-age=60",
        "HEAD > 200 ~ Cache-Control: max-age=60",
        "GET > 200 ~ Cache-Control: s-maxage=30, max-age=60",
        "GET > 200 ~ Cache-Control: max-age=\"60\"",
        "GET > 200 ~ Cache-Control: private, max-age=60",
        "GET > 200 ~ Cache-Control: no-store",
        "GET > 200 ~ Cache-Control: no-cache, max-age=60",
        "GET ~ Cache-Control: no-store > 200 ~ Cache-Control: max-age=60",
        "GET ~ Authorization: Bearer x > 200 ~ Cache-Control: max-age=60",
        "GET ~ Authorization: Bearer x > 200 ~ Cache-Control: public, max-age=60",
        "GET ~ Authorization: Bearer x > 200 ~ Cache-Control: must-revalidate, max-age=60",
        "GET ~ Authorization: Bearer x > 200 ~ Cache-Control: s-maxage=60",
        "GET > 200",
        "GET > 404",
        "GET > 302",
        "GET > 302 ~ Cache-Control: max-age=60",
        "GET > 503",
        "GET > 206 ~ Cache-Control: max-age=60",
        "GET > 304 ~ Cache-Control: max-age=60",
        "POST > 200",
        "PUT > 200 ~ Cache-Control: max-age=60",
        "GET > 200 ~ Expires: Sun, 06 Nov 1994 08:50:37 GMT",
        "GET > 200 ~ Expires: 0",
        "GET > 200 ~ Expires: 0 ~ Cache-Control: max-age=60",
        "GET > 200 ~ Date: Sun, 06 Nov 1994 09:49:37 GMT ~ Expires: Sun, 06 Nov 1994 09:50:37 GMT",
        "GET > 200 ~ Age: 20 ~ Cache-Control: max-age=60",
        "GET > 200 ~ Cache-Control: max-age=soon",
        "GET > 200 ~ Cache-Control: max-age=-1",
        "GET > 200 ~ Cache-Control: max-age=60, max-age=30",
        "GET > 200 ~ Last-Modified: Sun, 06 Nov 1994 08:32:57 GMT",
    ];
    let said = |case: &&str| {
        let (ours, crates) = (ours(case), crates(case));
        assert_eq!(ours, crates, "{case}");
        format!("{case} = {ours}")
    };
    assert_snapshot!(cases.iter().map(said).collect::<Vec<_>>().join("\n"), @r#"
    GET > 200 ~ Cache-Control: max-age=60 = fresh for 60 s
    HEAD > 200 ~ Cache-Control: max-age=60 = fresh for 60 s
    GET > 200 ~ Cache-Control: s-maxage=30, max-age=60 = fresh for 30 s
    GET > 200 ~ Cache-Control: max-age="60" = fresh for 60 s
    GET > 200 ~ Cache-Control: private, max-age=60 = no
    GET > 200 ~ Cache-Control: no-store = no
    GET > 200 ~ Cache-Control: no-cache, max-age=60 = fresh for 0 s
    GET ~ Cache-Control: no-store > 200 ~ Cache-Control: max-age=60 = no
    GET ~ Authorization: Bearer x > 200 ~ Cache-Control: max-age=60 = no
    GET ~ Authorization: Bearer x > 200 ~ Cache-Control: public, max-age=60 = fresh for 60 s
    GET ~ Authorization: Bearer x > 200 ~ Cache-Control: must-revalidate, max-age=60 = fresh for 60 s
    GET ~ Authorization: Bearer x > 200 ~ Cache-Control: s-maxage=60 = fresh for 60 s
    GET > 200 = fresh for 0 s
    GET > 404 = fresh for 0 s
    GET > 302 = no
    GET > 302 ~ Cache-Control: max-age=60 = fresh for 60 s
    GET > 503 = no
    GET > 206 ~ Cache-Control: max-age=60 = no
    GET > 304 ~ Cache-Control: max-age=60 = no
    POST > 200 = no
    PUT > 200 ~ Cache-Control: max-age=60 = no
    GET > 200 ~ Expires: Sun, 06 Nov 1994 08:50:37 GMT = fresh for 60 s
    GET > 200 ~ Expires: 0 = fresh for 0 s
    GET > 200 ~ Expires: 0 ~ Cache-Control: max-age=60 = fresh for 60 s
    GET > 200 ~ Date: Sun, 06 Nov 1994 09:49:37 GMT ~ Expires: Sun, 06 Nov 1994 09:50:37 GMT = fresh for 60 s
    GET > 200 ~ Age: 20 ~ Cache-Control: max-age=60 = fresh for 40 s
    GET > 200 ~ Cache-Control: max-age=soon = fresh for 0 s
    GET > 200 ~ Cache-Control: max-age=-1 = fresh for 0 s
    GET > 200 ~ Cache-Control: max-age=60, max-age=30 = fresh for 60 s
    GET > 200 ~ Last-Modified: Sun, 06 Nov 1994 08:32:57 GMT = fresh for 100 s
    "#);
}

#[test]
fn names_of_directives_have_no_case() {
    corrects("GET > 200 ~ Cache-Control: No-Store", "no");
    corrects("GET > 200 ~ Cache-Control: Max-Age=60", "fresh for 60 s");
    corrects("GET ~ Cache-Control: NO-STORE > 200 ~ Cache-Control: max-age=60", "no");
}

#[test]
fn what_stands_in_quotes_is_one_value() {
    corrects("GET > 200 ~ Cache-Control: x=\"a, no-store, b\", max-age=60", "fresh for 60 s");
}

#[test]
fn bytes_beyond_ascii_hide_no_directive() {
    corrects("GET > 200 ~ Cache-Control: no-store, x=\"é\"", "no");
}

#[test]
fn private_with_a_list_is_about_these_headers_alone() {
    corrects(
        "GET > 200 ~ Cache-Control: private=\"X-Name, X-Cart\", max-age=60",
        "fresh for 60 s, without x-cart x-name",
    );
}

#[test]
fn no_cache_with_a_list_is_about_these_headers_alone() {
    corrects("GET > 200 ~ Cache-Control: no-cache=\"Set-Cookie\", max-age=60", "fresh for 60 s, without set-cookie");
}

#[test]
fn must_understand_stands_above_no_store_where_the_status_is_known() {
    corrects("GET > 200 ~ Cache-Control: must-understand, no-store, max-age=60", "fresh for 60 s");
    assert_eq!(ours("GET > 299 ~ Cache-Control: must-understand, no-store, max-age=60"), "no");
    assert_eq!(ours("GET > 299 ~ Cache-Control: must-understand, max-age=60"), "no");
}

#[test]
fn any_final_status_may_be_stored_that_has_a_time() {
    corrects("GET > 503 ~ Cache-Control: max-age=60", "fresh for 60 s");
    corrects("GET > 299 ~ Expires: Sun, 06 Nov 1994 08:50:37 GMT", "fresh for 60 s");
}

#[test]
fn proxy_revalidate_is_about_stale_answers() {
    corrects("GET > 200 ~ Cache-Control: proxy-revalidate, max-age=60", "fresh for 60 s");
}

#[test]
fn immutable_gives_no_time() {
    corrects("GET > 200 ~ Cache-Control: immutable", "fresh for 0 s");
}

#[test]
fn pragma_says_nothing_in_an_answer() {
    corrects("GET > 200 ~ Pragma: no-cache ~ Expires: Sun, 06 Nov 1994 08:50:37 GMT", "fresh for 60 s");
}

#[test]
fn a_cookie_keeps_no_answer_out() {
    corrects("GET > 200 ~ Set-Cookie: a=b ~ Cache-Control: max-age=60", "fresh for 60 s");
}

#[test]
fn vary_with_a_star_in_a_list_is_for_nobody() {
    corrects("GET > 200 ~ Vary: Accept, * ~ Cache-Control: max-age=60", "fresh for 60 s, for nobody");
    corrects("GET > 200 ~ Vary: * ~ Cache-Control: max-age=60", "fresh for 60 s, for nobody");
}

#[test]
fn an_answer_is_as_old_as_its_date() {
    corrects("GET > 200 ~ Date: Sun, 06 Nov 1994 08:49:07 GMT ~ Cache-Control: max-age=60", "fresh for 30 s");
}

#[test]
fn all_three_forms_of_a_time_are_read() {
    corrects("GET > 200 ~ Expires: Sunday, 06-Nov-94 08:50:37 GMT", "fresh for 60 s");
    corrects("GET > 200 ~ Expires: Sun Nov  6 08:50:37 1994", "fresh for 60 s");
}

#[test]
fn times_that_contradict_each_other_are_over() {
    let one = "Expires: Sun, 06 Nov 1994 08:50:37 GMT";
    corrects(&format!("GET > 200 ~ {one} ~ Expires: Sun, 06 Nov 1994 08:51:37 GMT"), "fresh for 0 s");
}

#[test]
fn more_seconds_than_fit_are_for_ever() {
    corrects("GET > 200 ~ Cache-Control: max-age=99999999999999999999", "fresh for 2147483648 s");
}

#[test]
fn a_directive_without_its_number_is_stale() {
    corrects("GET > 200 ~ Cache-Control: max-age ~ Expires: Sun, 06 Nov 1994 08:50:37 GMT", "fresh for 0 s");
}

#[test]
fn directives_that_contradict_each_other_let_nothing_more_in() {
    corrects("GET ~ Authorization: Bearer x > 200 ~ Cache-Control: max-age=60, max-age=30", "no");
}

#[test]
fn what_was_posted_is_stored_where_it_stands_for_the_address() {
    corrects("POST > 200 ~ Cache-Control: max-age=60", "no");
    assert_eq!(ours("POST > 200 ~ Content-Location: /a ~ Cache-Control: max-age=60"), "fresh for 60 s");
    assert_eq!(ours("POST > 200 ~ Content-Location: /b ~ Cache-Control: max-age=60"), "no");
}

#[test]
fn a_stale_answer_may_be_given_while_it_is_renewed() {
    corrects("GET > 200 ~ Cache-Control: max-age=60, stale-while-revalidate=30", "fresh for 60 s, 30 s more");
    assert_eq!(
        ours("GET > 200 ~ Cache-Control: max-age=60, stale-while-revalidate=30, must-revalidate"),
        "fresh for 60 s"
    );
}
