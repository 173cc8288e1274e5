//! Entries to bytes: the tables of `docs/formats/entry.md`.

use super::number;
use crate::cbor::{Writer, Written};
use crate::{Change, Entry, EventRecord, Guard, Key, ModelId, Phase, SchemaChange};

pub(super) fn entry(entry: &Entry, writer: &mut Writer<'_>) -> Written {
    writer.map(
        3 + u64::from(entry.actor.is_some())
            + u64::from(!entry.events.is_empty())
            + u64::from(!entry.refused.is_empty()),
    )?;
    writer.u32(number::AT)?.i64(entry.at.micros())?;
    if let Some(actor) = &entry.actor {
        writer.u32(number::ACTOR)?.str(actor)?;
    }
    writer.u32(number::GUARDS)?.array(entry.guards.len() as u64)?;
    entry.guards.iter().try_for_each(|guard| self::guard(guard, writer))?;
    writer.u32(number::CHANGES)?.array(entry.changes.len() as u64)?;
    entry.changes.iter().try_for_each(|change| self::change(change, writer))?;
    if !entry.events.is_empty() {
        writer.u32(number::EVENTS)?.array(entry.events.len() as u64)?;
        entry.events.iter().try_for_each(|event| self::event(event, writer))?;
    }
    if !entry.refused.is_empty() {
        writer.u32(number::REFUSED)?.array(entry.refused.len() as u64)?;
        entry.refused.iter().try_for_each(|position| writer.u64(position.get())?.ok())?;
    }
    Ok(())
}

fn event(event: &EventRecord, writer: &mut Writer<'_>) -> Written {
    writer.map(4)?;
    writer.u32(number::MODEL)?.u32(event.model.0)?;
    writer.u32(number::KEY)?.bytes(event.key.as_bytes())?;
    writer.u32(number::NAME)?.str(&event.name)?;
    writer.u32(number::PAYLOAD)?.str(&event.payload)?.ok()
}

fn guard(guard: &Guard, writer: &mut Writer<'_>) -> Written {
    match guard {
        Guard::Revision { model, key, revision } => {
            head(4, number::GUARD_REVISION, *model, key, writer)?;
            writer.u32(number::REVISION)?.u64(*revision)?.ok()
        }
        Guard::Absent { model, key } => head(3, number::GUARD_ABSENT, *model, key, writer),
        Guard::Present { model, key } => head(3, number::GUARD_PRESENT, *model, key, writer),
        Guard::Unique { model, constraint, value, holder } => {
            head(5, number::GUARD_UNIQUE, *model, holder, writer)?;
            writer.u32(number::PLACE)?.u32(*constraint)?;
            writer.u32(number::VALUE)?.bytes(value.as_bytes())?.ok()
        }
        Guard::UnreferencedLive { model, relation, key } => {
            head(4, number::GUARD_UNREFERENCED_LIVE, *model, key, writer)?;
            writer.u32(number::PLACE)?.u32(*relation)?.ok()
        }
        Guard::Unreferenced { model, relation, key } => {
            head(4, number::GUARD_UNREFERENCED, *model, key, writer)?;
            writer.u32(number::PLACE)?.u32(*relation)?.ok()
        }
        Guard::Referrers { model, relation, key, count } => {
            head(5, number::GUARD_REFERRERS, *model, key, writer)?;
            writer.u32(number::PLACE)?.u32(*relation)?;
            writer.u32(number::COUNT)?.u64(*count)?.ok()
        }
    }
}

fn change(change: &Change, writer: &mut Writer<'_>) -> Written {
    match change {
        Change::Put { model, key, revision, row } => {
            head(5, number::CHANGE_PUT, *model, key, writer)?;
            version(*revision, row, writer)
        }
        Change::Patch { model, key, revision, fields, whole } => {
            head(5 + u64::from(whole.is_some()), number::CHANGE_PATCH, *model, key, writer)?;
            version(*revision, fields, writer)?;
            match whole {
                Some(whole) => writer.u32(number::WHOLE)?.bytes(whole)?.ok(),
                None => Ok(()),
            }
        }
        Change::Delete { model, key } => head(3, number::CHANGE_DELETE, *model, key, writer),
        Change::Schema(schema) => self::schema(schema, writer),
    }
}

/// A map of `entries` keys, with the three that records' guards and changes share.
fn head(entries: u64, which: u32, model: ModelId, key: &Key, writer: &mut Writer<'_>) -> Written {
    writer.map(entries)?;
    writer.u32(number::WHICH)?.u32(which)?;
    writer.u32(number::MODEL)?.u32(model.0)?;
    writer.u32(number::KEY)?.bytes(key.as_bytes())?.ok()
}

fn version(revision: u64, bytes: &[u8], writer: &mut Writer<'_>) -> Written {
    writer.u32(number::REVISION)?.u64(revision)?;
    writer.u32(number::BYTES)?.bytes(bytes)?.ok()
}

fn schema(schema: &SchemaChange, writer: &mut Writer<'_>) -> Written {
    writer.map(5 + u64::from(!schema.retired.is_empty()) + u64::from(schema.phase != Phase::Settled))?;
    writer.u32(number::WHICH)?.u32(number::CHANGE_SCHEMA)?;
    writer.u32(number::MODEL)?.u32(schema.model.0)?;
    writer.u32(number::TABLE)?.str(&schema.table)?;
    writer.u32(number::FIELDS)?;
    fields(&schema.fields, writer)?;
    writer.u32(number::DOCUMENT)?.str(&schema.document)?;
    if !schema.retired.is_empty() {
        writer.u32(number::RETIRED)?;
        fields(&schema.retired, writer)?;
    }
    match &schema.phase {
        Phase::Settled => Ok(()),
        Phase::Filling { first, former } => {
            writer.u32(number::PHASE)?.array(3)?.u32(number::PHASE_FILLING)?.u32(*first)?.str(former)?.ok()
        }
        Phase::Emptying => writer.u32(number::PHASE)?.array(1)?.u32(number::PHASE_EMPTYING)?.ok(),
        Phase::Gone => writer.u32(number::PHASE)?.array(1)?.u32(number::PHASE_GONE)?.ok(),
    }
}

fn fields(fields: &[(u32, String, String)], writer: &mut Writer<'_>) -> Written {
    writer.array(fields.len() as u64)?;
    for (field, name, kind) in fields {
        writer.array(3)?.u32(*field)?.str(name)?.str(kind)?;
    }
    Ok(())
}
