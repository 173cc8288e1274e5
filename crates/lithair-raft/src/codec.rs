//! What consensus writes into events. The envelope (kind, term, position, time, aggregates) is the event store's; this is the payload.
//! Integers are little-endian.
//!
//! | kind | term | position | payload |
//! |---|---|---|---|
//! | Entry | of the entry | index + 1 | see below |
//! | Vote | of the vote | 0 | version (1), committed (1: 0 or 1), node (8) |
//! | Commit | of the last committed entry; 0 if none | its index + 1; 0 if none | version (1) |
//! | Truncate | 0 | first void index + 1 | version (1) |
//! | Purge | of the last purged entry | its index + 1 | version (1) |
//!
//! The version is 0x10. An entry's first byte says what it is:
//!
//! | first byte | entry |
//! |---|---|
//! | 0x10 | blank; nothing follows |
//! | 0x12 | membership, in the layout of `encode_membership` |
//! | 0xa0..=0xbf | a command: the bytes of a lithair entry, unchanged. They are a CBOR map, and that is how one begins |
//!
//! So a command costs no byte more than in a program that runs alone, the history reads the same, and such a program's log is a log of
//! consensus of term 0.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use bytes::Bytes;
use openraft::EntryPayload;
use openraft::vote::RaftLeaderId as _;

use lithair_model::Position;
use lithair_store::{Event, EventKind};

use crate::types::{Command, Entry, LeaderId, LogId, Membership, Node, Vote, index_of, position_of};

/// One group until there is sharding.
const GROUP: u32 = 0;

const VERSION: u8 = 0x10;
const BLANK: u8 = 0x10;
const MEMBERSHIP: u8 = 0x12;
/// The first byte of a CBOR map: major type 5 (RFC 8949, 3.1).
const COMMAND_FIRST: u8 = 0xa0;
const COMMAND_LAST: u8 = 0xbf;

/// What an entry of the log is to consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// A new leader's first entry; it changes nothing.
    Blank,
    /// The bytes of a lithair entry.
    Command(&'a [u8]),
    /// Who votes and who learns, from here on.
    Membership,
}

/// What an entry of the log holds, for readers of the history. `None` if it is not an entry, or of a later version.
pub fn form_of(event: &Event) -> Option<Form<'_>> {
    if event.kind != EventKind::Entry {
        return None;
    }
    match event.payload.as_slice() {
        [BLANK] => Some(Form::Blank),
        [MEMBERSHIP, ..] => Some(Form::Membership),
        [COMMAND_FIRST..=COMMAND_LAST, ..] => Some(Form::Command(&event.payload)),
        _ => None,
    }
}

fn event(kind: EventKind, term: u64, position: Position, payload: Vec<u8>) -> Event {
    Event { kind, group: GROUP, term, position, at_micros: 0, aggregates: Vec::new(), payload }
}

/// The name of an entry.
pub(crate) fn log_id(term: u64, index: u64) -> LogId {
    LogId { leader_id: LeaderId::new(term, 0).to_committed(), index }
}

/// The event that carries an entry. Refused: a command that is not a lithair entry, for it could not be told from consensus' own.
pub(crate) fn entry_event(entry: &Entry) -> io::Result<Event> {
    let (mut at_micros, mut aggregates) = (0, Vec::new());
    let payload = match &entry.payload {
        EntryPayload::Blank => vec![BLANK],
        EntryPayload::Membership(membership) => encode_membership(membership),
        EntryPayload::Normal(command) => {
            if !command.bytes.first().is_some_and(|first| (COMMAND_FIRST..=COMMAND_LAST).contains(first)) {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "a command that is not a lithair entry"));
            }
            (at_micros, aggregates) = (command.at_micros, command.aggregates.to_vec());
            command.bytes.to_vec()
        }
    };
    let position = position_of(entry.log_id.index);
    Ok(Event { at_micros, aggregates, ..event(EventKind::Entry, *entry.log_id.leader_id, position, payload) })
}

/// The entry of an event.
pub(crate) fn entry_of(event: Event) -> io::Result<Entry> {
    let index = index_of(event.position).ok_or_else(|| unknown("an entry at position 0"))?;
    let payload = match form_of(&event).ok_or_else(|| unknown("an entry of an unknown form"))? {
        Form::Blank => EntryPayload::Blank,
        Form::Command(_) => EntryPayload::Normal(Command {
            at_micros: event.at_micros,
            aggregates: event.aggregates.into(),
            bytes: Bytes::from(event.payload),
        }),
        Form::Membership => EntryPayload::Membership(decode_membership(&event.payload[1..])?),
    };
    Ok(Entry { log_id: log_id(event.term, index), payload })
}

/// About the bytes an entry takes, in memory and on the wire.
pub(crate) fn entry_bytes(entry: &Entry) -> usize {
    const HEAD_BYTES: usize = 64;
    HEAD_BYTES
        + match &entry.payload {
            EntryPayload::Blank => 0,
            EntryPayload::Normal(command) => command.bytes.len() + 8 * command.aggregates.len(),
            EntryPayload::Membership(membership) => membership.nodes().map(|(_, node)| 32 + node.addr.len()).sum(),
        }
}

pub(crate) fn vote_event(vote: &Vote) -> Event {
    let mut payload = vec![VERSION, u8::from(vote.committed)];
    payload.extend_from_slice(&vote.leader_id.voted_for.to_le_bytes());
    event(EventKind::Vote, vote.leader_id.term, Position::ZERO, payload)
}

pub(crate) fn vote_of(event: &Event) -> io::Result<Vote> {
    let mut bytes = versioned(&event.payload)?;
    let committed = match take(&mut bytes)? {
        [0] => false,
        [1] => true,
        _ => return Err(unknown("a vote that is neither committed nor not")),
    };
    let node = u64::from_le_bytes(take(&mut bytes)?);
    finish(bytes)?;
    Ok(Vote { leader_id: LeaderId::new(event.term, node), committed })
}

pub(crate) fn commit_event(committed: Option<LogId>) -> Event {
    let (term, position) = committed.map_or((0, Position::ZERO), |id| (*id.leader_id, position_of(id.index)));
    event(EventKind::Commit, term, position, vec![VERSION])
}

pub(crate) fn purge_event(purged: LogId) -> Event {
    event(EventKind::Purge, *purged.leader_id, position_of(purged.index), vec![VERSION])
}

/// Entries from `first_index` on are void.
pub(crate) fn truncate_event(first_index: u64) -> Event {
    event(EventKind::Truncate, 0, position_of(first_index), vec![VERSION])
}

/// The entry that a commit or a purge speaks of; `None` for position 0.
pub(crate) fn log_id_of(event: &Event) -> io::Result<Option<LogId>> {
    finish(versioned(&event.payload)?)?;
    Ok(index_of(event.position).map(|index| log_id(event.term, index)))
}

/// | bytes | field |
/// |---:|---|
/// | 1 | form |
/// | 4 | configs: 1, or 2 while it changes; 0 before there is one |
/// | 4 + 8 each | of each config: how many voters, and their ids, ascending |
/// | 4 | nodes |
/// | 12 + n each | of each node: id, bytes of its address, the address in UTF-8 |
fn encode_membership(membership: &Membership) -> Vec<u8> {
    let mut out = vec![MEMBERSHIP];
    push_count(&mut out, membership.get_joint_config().len());
    for config in membership.get_joint_config() {
        push_count(&mut out, config.len());
        config.iter().for_each(|id| out.extend_from_slice(&id.to_le_bytes()));
    }
    push_count(&mut out, membership.nodes().count());
    for (id, node) in membership.nodes() {
        out.extend_from_slice(&id.to_le_bytes());
        push_count(&mut out, node.addr.len());
        out.extend_from_slice(node.addr.as_bytes());
    }
    out
}

fn decode_membership(mut bytes: &[u8]) -> io::Result<Membership> {
    let mut configs = Vec::new();
    for _ in 0..take_count(&mut bytes)? {
        let mut config = BTreeSet::new();
        for _ in 0..take_count(&mut bytes)? {
            config.insert(u64::from_le_bytes(take(&mut bytes)?));
        }
        configs.push(config);
    }
    let mut nodes = BTreeMap::new();
    for _ in 0..take_count(&mut bytes)? {
        let id = u64::from_le_bytes(take(&mut bytes)?);
        let length = take_count(&mut bytes)? as usize;
        let (address, rest) = bytes.split_at_checked(length).ok_or_else(|| unknown("a membership cut short"))?;
        bytes = rest;
        let address = std::str::from_utf8(address).map_err(|_| unknown("a node's address that is not text"))?;
        nodes.insert(id, Node::new(address));
    }
    finish(bytes)?;
    Membership::new(configs, nodes).map_err(|error| unknown(&error.to_string()))
}

fn push_count(out: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("a cluster has fewer than 2^32 nodes, an address fewer bytes");
    out.extend_from_slice(&count.to_le_bytes());
}

fn take_count(bytes: &mut &[u8]) -> io::Result<u32> {
    take(bytes).map(u32::from_le_bytes)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> io::Result<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk().ok_or_else(|| unknown("a record of consensus cut short"))?;
    *bytes = rest;
    Ok(*taken)
}

fn versioned(payload: &[u8]) -> io::Result<&[u8]> {
    match payload.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        _ => Err(unknown("a record of consensus of an unknown version")),
    }
}

fn finish(rest: &[u8]) -> io::Result<()> {
    if rest.is_empty() { Ok(()) } else { Err(unknown("a record of consensus with bytes behind its end")) }
}

fn unknown(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the log holds {what}"))
}
