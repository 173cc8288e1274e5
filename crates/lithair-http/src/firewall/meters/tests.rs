//! Counts, by times that are handed in.

use lithair_model::Window;

use super::*;

const SECOND: i64 = 1_000_000;

fn limit(requests: u32, window: Window, burst: u32) -> Limit {
    Limit::new(1, "create", Rate { requests, window }, burst, Per::Ip)
}

fn ip(number: u32) -> Key<'static> {
    Key::client(std::net::Ipv4Addr::from_bits(number).into())
}

/// Requests at these times: `+` for one that is taken, with what remains, and for others the seconds to wait.
fn asked(meters: &Meters, limit: &Limit, client: Key<'_>, times: &[i64]) -> Vec<String> {
    let ask = |micros: &i64| match meters.take(limit, client, Timestamp::from_micros(*micros)) {
        Ok(standing) => format!("+{}", standing.remaining),
        Err(denied) => denied.retry_seconds().to_string(),
    };
    times.iter().map(ask).collect()
}

#[test]
fn a_burst_may_come_at_once_and_then_one_an_interval() {
    let meters = Meters::new(16);
    let limit = limit(5, Window::Minute, 5);
    assert_eq!(asked(&meters, &limit, ip(1), &[0; 7]), ["+4", "+3", "+2", "+1", "+0", "12", "12"]);
    let times = [11_999_999, 12 * SECOND, 12 * SECOND, 24 * SECOND];
    assert_eq!(asked(&meters, &limit, ip(1), &times), ["1", "+0", "12", "+0"]);
    assert_eq!(asked(&meters, &limit, ip(1), &[84 * SECOND; 6]), ["+4", "+3", "+2", "+1", "+0", "12"]);
    assert_eq!(asked(&meters, &limit, ip(2), &[0]), ["+4"], "another client");
}

#[test]
fn a_burst_is_what_is_said() {
    let meters = Meters::new(16);
    assert_eq!(asked(&meters, &limit(60, Window::Minute, 1), ip(1), &[0, 0, SECOND]), ["+0", "1", "+0"]);
    let larger = Limit::new(2, "get", Rate { requests: 1, window: Window::Second }, 3, Per::Ip);
    assert_eq!(asked(&meters, &larger, ip(1), &[0; 4]), ["+2", "+1", "+0", "1"]);
}

/// However requests are spread, a stretch of time has no more than a burst and one an interval.
#[test]
fn no_stretch_of_time_has_more() {
    let (meters, limit) = (Meters::new(16), limit(7, Window::Second, 3));
    let (mut state, mut now, mut taken) = (1_u64, 0, Vec::new());
    for _ in 0..5_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        now += i64::try_from(state >> 47).expect("17 bits");
        if meters.take(&limit, ip(1), Timestamp::from_micros(now)).is_ok() {
            taken.push(now);
        }
    }
    assert!(taken.len() > 1_000, "{}", taken.len());
    for (first, from) in taken.iter().enumerate() {
        for (count, to) in (1_i64..).zip(&taken[first..taken.len().min(first + 50)]) {
            assert!(count <= 3 + (to - from) / limit.interval_micros, "{count} in {} us", to - from);
        }
    }
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_waiting_for_the_old_time() {
    let (meters, limit) = (Meters::new(16), limit(2, Window::Second, 2));
    assert_eq!(asked(&meters, &limit, ip(1), &[3_600 * SECOND; 3]), ["+1", "+0", "1"]);
    assert_eq!(asked(&meters, &limit, ip(1), &[0, 500_000]), ["1", "+0"]);
}

#[test]
fn an_ipv6_network_is_one_client() {
    let (meters, limit) = (Meters::new(16), limit(1, Window::Second, 1));
    let ask =
        |text: &str| meters.take(&limit, Key::client(text.parse().expect(text)), Timestamp::from_micros(0)).is_ok();
    assert!(ask("2001:db8::1") && !ask("2001:db8::ffff:1:2:3") && ask("2001:db8:0:1::1"));
    assert!(ask("192.0.2.1") && !ask("::ffff:192.0.2.1"));
}

/// A flood of new addresses takes places from those who have made least, and so frees nobody who is at the limit.
#[test]
fn clients_are_bounded_and_a_flood_frees_nobody() {
    let (meters, limit) = (Meters::new(SHARD_SLOTS), limit(10, Window::Hour, 10));
    let now = Timestamp::from_micros(0);
    for _ in 0..10 {
        assert!(meters.take(&limit, ip(1), now).is_ok());
    }
    for other in 2..50_000 {
        assert!(meters.take(&limit, ip(other), now).is_ok());
    }
    assert!(meters.take(&limit, ip(1), now).is_err(), "is still at its limit");
    assert_eq!(meters.shards.len() * SHARD_SLOTS, 256, "and there are no more places");
}

#[test]
fn what_is_given_back_was_not_counted() {
    let (meters, limit) = (Meters::new(16), limit(2, Window::Second, 2));
    let now = Timestamp::from_micros(0);
    assert_eq!(asked(&meters, &limit, ip(1), &[0]), ["+1"]);
    meters.give_back(&limit, ip(1));
    // Of somebody unknown there is nothing to give back.
    meters.give_back(&limit, ip(2));
    assert_eq!(asked(&meters, &limit, ip(1), &[0; 3]), ["+1", "+0", "1"]);
    assert!(meters.take(&limit, ip(2), now).is_ok());
}
