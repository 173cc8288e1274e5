//! Code that changes records of other models than the request is about: what is wrong with those is told of them.

use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Guest {
    #[db(primary_key, auto = sequence)]
    id: i64,
    badge: String,
    room: i64,
}

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
enum Fate {
    Given,
    Lost,
}

/// The guest's model has no unique value and no reference, so places among those of this one are none there.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Badge {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[db(unique)]
    code: String,
    #[relation(belongs_to = Room)]
    room_id: i64,
    #[lifecycle(states(initial = Given, lose: Given -> Lost))]
    fate: Fate,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Room {
    #[db(primary_key, auto = sequence)]
    id: i64,
}

#[hooks]
impl Guest {
    #[hook(before(create))]
    fn welcome(&mut self, cx: &Context) {
        let fate = if self.badge == "lost" { Fate::Lost } else { Fate::Given };
        cx.create(&Badge { id: 0, code: self.badge.clone(), room_id: self.room, fate });
    }
}

fn asked(server: &TestServer, badge: &str, room: i64) -> (u16, Value, Value) {
    let answer = server.send("POST", "/api/guests", &json!({"badge": badge, "room": room}));
    let problem = answer.json().expect("is JSON");
    (answer.status, problem["code"].clone(), problem["errors"][0]["pointer"].clone())
}

#[test]
fn what_a_hook_makes_is_refused_in_words_of_its_own_model() {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Guest>().model::<Badge>().model::<Room>();
    let server = TestServer::start(program);
    assert_eq!(server.send("POST", "/api/rooms", &json!({})).status, 201);
    assert_eq!(asked(&server, "a", 1).0, 201);
    assert_eq!(asked(&server, "a", 1), (409, json!("unique-violation"), json!("/code")));
    assert_eq!(asked(&server, "b", 7), (409, json!("reference-violation"), json!("/room_id")));
    assert_eq!(asked(&server, "lost", 1), (409, json!("state-transition"), json!("/fate")));
    assert_eq!(server.get("/api/guests").json().expect("is JSON")["items"].as_array().map(Vec::len), Some(1));
}
