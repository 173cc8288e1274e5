//! Every field of every record is a canary of its own. Callers ask everything they can think of; what they may not see never comes, in no body, header,
//! cursor, error or log, and what they may see does.

mod callers;
mod cases;
mod credentials;
mod forbidden;
mod process;

use acceptance::who::Who;
use callers::{Caller, answers, judge};
use cases::{Known, Standing, filled};
use process::Process;

/// Somebody of a tenant.
const fn standing(org: Option<&'static str>, subject: &'static str, role: &'static str) -> Standing {
    Standing { org, subject, role }
}

const ACME: Option<&str> = Some("acme");

/// Everybody who asks: how a request says who it is, and what the oracle knows of them.
const CALLERS: [(Who, Standing); 8] = [
    (Who::NOBODY, standing(None, "", "")),
    (Who::of("ann", &[]).at("acme"), standing(ACME, "ann", "")),
    (Who::of("bob", &[]).at("acme"), standing(ACME, "bob", "")),
    (Who::of("cleo", &["Clerk"]).at("acme"), standing(ACME, "cleo", "Clerk")),
    (Who::of("chaz", &["Chief"]).at("acme"), standing(ACME, "chaz", "Chief")),
    (Who::of("olga", &["Chief"]).at("other"), standing(Some("other"), "olga", "Chief")),
    (Who::of("hal", &["Chief"]), standing(None, "hal", "Chief")),
    (Who::of("ann", &[]).at("acme").only(&["read"]), standing(ACME, "ann", "")),
];

#[test]
fn no_canary_reaches_who_may_not_see_it_and_each_reaches_who_may() {
    let process = Process::start();
    let url = process.url();
    let known = filled(url);
    let mut decisions = 0;
    for (who, standing) in CALLERS {
        let caller = Caller::named(who, standing);
        decisions += judge(&known, &caller, &answers(url, &caller));
        let seen = Known::seen(&known, standing);
        let list = |path: &str| who.get(url, path).json().expect("is JSON");
        assert_eq!(list("/api/cases?count=exact")["total"].as_u64().unwrap_or_default(), seen.len() as u64, "{who:?}");
        assert_eq!(order(&list("/api/cases?sort=-title")), by_title(seen), "{who:?}");
    }
    eprintln!("{decisions} decisions");
    assert!(decisions >= 50_000, "{decisions}");

    let written = process.stop();
    assert!(written.lines().filter(|line| line.contains("\"status\":")).count() > 1_000, "requests are logged");
    for (canary, _) in known.iter().flat_map(|case| case.canaries(Standing::default())) {
        assert!(!written.contains(&canary), "{canary} is in the log");
    }
}

/// The numbers of a list, as they come.
fn order(list: &serde_json::Value) -> Vec<usize> {
    let items = list["items"].as_array().into_iter().flatten();
    items.map(|item| usize::try_from(item["number"].as_u64().expect("a number")).expect("is small")).collect()
}

/// These cases, the last title first.
fn by_title(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_by_key(|number| std::cmp::Reverse(format!("title{number}x again")));
    numbers
}
