//! Policies that ask what is inside of a field as it was, and that ask whether there is none.

use std::sync::Barrier;

use acceptance::who::{Who, check};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const ANN: Who = Who::of("ann", &[]);
const MOVER: Who = Who::of("mo", &["Mover"]);

#[derive(DeclarativeEnum, Debug, PartialEq)]
enum Zone {
    Town,
    Island,
}

#[derive(Debug, DeclarativeStruct)]
struct Point {
    level: i64,
}

#[derive(Debug, DeclarativeStruct)]
struct Address {
    city: String,
    point: Option<Point>,
}

/// A house stays in its city; only movers take it elsewhere, and nobody from an island.
#[derive(DeclarativeModel)]
#[permission(
    roles(Mover),
    read = public,
    create = authenticated && input.address.city != "Atlantis",
    update = before.address.city == address.city || role(Mover) && before.zone != Zone::Island,
    after(update, before.address.point.level.is_none() || before.address.point.level <= address.point.level,
          message = "a house does not sink")
)]
struct House {
    #[db(primary_key, auto = sequence)]
    number: i64,
    address: Address,
    zone: Zone,
    #[db(default = "")]
    name: String,
}

#[test]
fn a_policy_asks_what_is_inside_of_a_field_as_it_was_and_as_it_was_sent() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<House>());
    let url = server.url();
    let house = |city: &str, zone: &str| json!({ "address": { "city": city, "point": { "level": 3 } }, "zone": zone });
    check(&ANN.ask(&url, "POST", "/api/houses", &house("Rome", "Town")), "201");
    check(&ANN.ask(&url, "POST", "/api/houses", &house("Capri", "Island")), "201");
    check(&ANN.ask(&url, "POST", "/api/houses", &house("Atlantis", "Town")), "403 forbidden");
    let patch = |who: Who, number: i64, body: Value| who.ask(&url, "PATCH", &format!("/api/houses/{number}"), &body);
    let city = |city: &str| json!({ "address": { "city": city } });
    check(&patch(ANN, 1, json!({ "name": "Villa" })), "200");
    check(&patch(ANN, 1, city("Bern")), "403 forbidden");
    check(&patch(MOVER, 1, city("Bern")), "200");
    check(&patch(MOVER, 2, city("Bern")), "403 forbidden");
    let level = |level: i64| json!({ "address": { "point": { "level": level } } });
    check(&patch(ANN, 1, level(4)), "200");
    let sunk = patch(ANN, 1, level(2));
    check(&sunk, "403 forbidden");
    assert!(acceptance::who::text(&sunk).contains("a house does not sink"));
}

/// One booking a room, as the policy says it: not as a unique value would.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Room {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(has_many = Booking, via = room_id)]
    bookings: Many<Booking>,
}

#[derive(DeclarativeModel)]
#[permission(read = public, create = any(room where none(bookings where !cancelled)), update = public, delete = public)]
struct Booking {
    #[db(primary_key, auto = sequence)]
    number: i64,
    room_id: Id<Room>,
    #[db(default = false)]
    cancelled: bool,
}

const GUESTS: usize = 8;

#[test]
fn what_a_policy_did_not_find_does_not_come_in_between() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Room>().model::<Booking>());
    let url = server.url();
    for number in 1..=40 {
        check(&ANN.ask(&url, "POST", "/api/rooms", &json!({})), "201");
        // What is cancelled is looked at, and does not count.
        let cancelled = json!({ "room_id": number, "cancelled": true });
        check(&ANN.ask(&url, "POST", "/api/bookings", &cancelled), "201");
        let barrier = Barrier::new(GUESTS);
        let book = || {
            barrier.wait();
            ANN.ask(&url, "POST", "/api/bookings", &json!({ "room_id": number })).status
        };
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let guests: Vec<_> = (0..GUESTS).map(|_| scope.spawn(book)).collect();
            guests.into_iter().map(|guest| guest.join().expect("a guest ends")).collect()
        });
        statuses.sort_unstable();
        let one: Vec<u16> = std::iter::once(201).chain([403; GUESTS - 1]).collect();
        assert_eq!(statuses, one, "room {number}");
    }
}
