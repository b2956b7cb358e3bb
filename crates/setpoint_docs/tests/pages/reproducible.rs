use crate::shop::{self, integer, shop, text};
use setpoint_docs::{Pages, pages, reproducible};
use setpoint_model::{Held, Layer, Mechanism, Problem, Retry};

#[test]
fn two_checkouts_of_one_tree_have_the_same_pages() {
    let mut one = shop();
    let mut two = shop();
    two.snapshot.site.root = "/srv/elsewhere".to_owned();
    two.snapshot.site.processes[0].pid = Some(4711);
    two.snapshot.site.processes[0].live = true;
    two.snapshot.problems.push(Problem::machine("cannot read `/etc/shop`", "a file", Retry::Safe));
    // The lines moved, one process holds another value, and a developer has a file of their own.
    for reading in two.snapshot.defaults.iter_mut().flat_map(|default| &mut default.readings) {
        reading.place.line += 40;
    }
    for effective in two.snapshot.defaults.iter_mut().filter_map(|default| default.effective.as_mut()) {
        effective.place.line += 40;
    }
    for default in &mut two.snapshot.defaults {
        if default.name == "SHOP_POOL_SIZE" {
            let mine = shop::set(default.clone(), Layer::Dotenv, integer(1), ".env", "");
            *default = shop::set(mine, Layer::Process, integer(7), "/proc/4711/environ", "");
        }
    }
    two.snapshot.defaults.push(shop::default("MINE", Mechanism::Dotenv, Layer::Dotenv, text("1"), ".env", ""));
    one.snapshot = reproducible(&one.snapshot, &|_| false);
    two.snapshot = reproducible(&two.snapshot, &|file| file == ".env");
    assert_eq!(pages(one.pages()), pages(two.pages()));
}

#[test]
fn what_is_left_holds_as_it_would_without_what_goes() {
    let pool = shop::default("POOL", Mechanism::Environ, Layer::Code, integer(5), "shop/a.py", "");
    let pool = shop::set(pool, Layer::EnvironmentFile, integer(9), "deploy/shop.env", "");
    let mut pool = shop::set(pool, Layer::UnitEnvironment, Held::Nothing, "deploy/worker.service", "");
    pool.readings[2].process = Some("worker.service".to_owned());
    let mut shop = shop();
    shop.snapshot.defaults = vec![shop::set(pool, Layer::Process, integer(7), "/proc/4711/environ", "")];
    let pool = &reproducible(&shop.snapshot, &|_| false).defaults[0];
    assert_eq!(pool.effective_in("shop.service").map(|effective| &effective.value), Some(&integer(9)));
    assert_eq!(pool.effective_in("worker.service").map(|effective| &effective.value), Some(&integer(5)));
}

#[test]
fn the_pages_name_no_machine() {
    let shop = shop();
    for (name, page) in pages(Pages { register: None, ..shop.pages() }) {
        for fact in ["/home/somebody", ".venv", "python3.12"] {
            assert!(!page.contains(fact), "{name}: {fact}");
        }
    }
}
