//! The engine on a disk that is cut off at every operation: each acknowledged command is there whole, none is there in part.

use std::sync::Arc;

use lithair_core::model::{Action, Backend as _, Expected, Operation};
use lithair_sim::{Loss, SimDisk};
use serde_json::json;

use crate::engine::{MEMBER, TEAM, all, create, delete, open, submit};

const TEAMS: u64 = 12;

/// Makes teams of three members each, one command a team, deletes every fourth, and takes snapshots. How many commands were answered.
fn run(disk: &SimDisk) -> u64 {
    let Ok(engine) = open(Arc::new(disk.clone())) else { return 0 };
    let mut answered = 0;
    for team in 1..=TEAMS {
        let mut operations = vec![create(&engine, TEAM, &json!({"id": team, "name": format!("team {team}")}))];
        let member = |place: u64| create(&engine, MEMBER, &json!({"id": team * 10 + place, "team_id": team}));
        operations.extend((0..3).map(member));
        if submit(&engine, operations).is_err() {
            break;
        }
        answered += 1;
        if team % 4 == 0 && submit(&engine, vec![delete(&engine, TEAM, &team.to_string())]).is_err() {
            break;
        }
        answered += u64::from(team % 4 == 0);
        if team % 5 == 0 {
            // On a failed disk there is none, and the log has everything.
            drop(engine.snapshot());
        }
    }
    answered
}

/// The teams that are there after so many commands.
fn expected(commands: u64) -> Vec<u64> {
    let mut teams = Vec::new();
    let mut left = commands;
    for team in 1..=TEAMS {
        if left == 0 {
            break;
        }
        teams.push(team);
        left -= 1;
        if team % 4 == 0 && left > 0 {
            teams.pop();
            left -= 1;
        }
    }
    teams
}

fn check(disk: &SimDisk, answered: u64) -> Result<(), String> {
    let engine = open(Arc::new(disk.clone())).map_err(|error| error.to_string())?;
    let teams = all(&engine, TEAM);
    let ids: Vec<u64> = teams.iter().map(|text| number_in(text)).collect();
    // One more command than was answered may have become durable.
    if ids != expected(answered) && ids != expected(answered + 1) {
        return Err(format!("teams {ids:?} after {answered} answers"));
    }
    let members = all(&engine, MEMBER).len();
    if members != 3 * ids.len() {
        return Err(format!("{members} members of {} teams", ids.len()));
    }
    if engine.state().digest() != engine.state().view(None).expect("the present").digest() {
        return Err("the digest is not that of the records".into());
    }
    submit(&engine, vec![create(&engine, TEAM, &json!({"id": 99, "name": "after"}))])
        .map(drop)
        .map_err(|why| format!("{why:?}"))
}

fn number_in(text: &str) -> u64 {
    text.trim_start_matches("{\"id\":").split(',').next().and_then(|digits| digits.parse().ok()).expect("an id")
}

#[test]
fn each_command_survives_whole_or_not_at_all() {
    let whole = SimDisk::new();
    let commands = TEAMS + TEAMS / 4;
    assert_eq!(run(&whole), commands);
    let operations = whole.operations();
    let mut points = 0;
    for cut in 0..operations {
        let disk = SimDisk::new();
        disk.power_off_after(cut);
        let answered = run(&disk);
        for loss in [Loss::Everything, Loss::Nothing].into_iter().chain((0..6).map(|image| Loss::Some(cut * 6 + image)))
        {
            points += 1;
            check(&disk.after_crash(loss), answered).unwrap_or_else(|what| panic!("cut {cut}, {loss:?}: {what}"));
        }
    }
    assert!(points > 500, "{points}");
}

#[test]
fn an_import_of_what_is_there_writes_nothing() {
    let disk = SimDisk::new();
    let engine = open(Arc::new(disk)).expect("opens");
    let team = json!({"id": 1, "name": "red"});
    let import = || {
        let Operation { model, action: Action::Create(draft), .. } = create(&engine, TEAM, &team) else {
            unreachable!()
        };
        Operation { model, action: Action::Import(draft), expected: Expected::Anything }
    };
    submit(&engine, vec![import()]).expect("is created");
    let position = engine.position();
    submit(&engine, vec![import()]).expect("is left alone");
    assert_eq!(engine.position(), position);
}
