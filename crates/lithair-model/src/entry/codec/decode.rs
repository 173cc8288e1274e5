//! Bytes to entries; keys that this program does not know are passed over where that is safe.

use minicbor::Decoder;

use super::{CorruptEntry, number};
use crate::cbor::{definite, remaining};
use crate::{Change, Entry, EventRecord, Guard, Key, ModelId, Phase, Position, SchemaChange, Timestamp};

type Decoded<T> = Result<T, CorruptEntry>;

pub(super) fn entry(bytes: &[u8]) -> Decoded<Entry> {
    let mut reader = Decoder::new(bytes);
    let (mut at, mut actor, mut guards, mut changes) = (None, None, None, None);
    let (mut events, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..definite(reader.map()?)? {
        match reader.u32()? {
            number::AT => at = Some(Timestamp::from_micros(reader.i64()?)),
            number::ACTOR => actor = Some(reader.str()?.to_owned()),
            number::GUARDS => guards = Some(list(&mut reader, guard)?),
            number::CHANGES => changes = Some(list(&mut reader, change)?),
            number::EVENTS => events = list(&mut reader, event)?,
            number::REFUSED => refused = list(&mut reader, |reader| Ok(Position::new(reader.u64()?)))?,
            _ => reader.skip()?,
        }
    }
    if reader.position() != bytes.len() {
        return Err(CorruptEntry::Malformed("bytes behind the entry".to_owned()));
    }
    let lacks = |key| CorruptEntry::Incomplete { part: "the entry", key };
    Ok(Entry {
        at: at.ok_or_else(|| lacks(number::AT))?,
        actor,
        guards: guards.ok_or_else(|| lacks(number::GUARDS))?,
        changes: changes.ok_or_else(|| lacks(number::CHANGES))?,
        events,
        refused,
    })
}

fn list<T>(reader: &mut Decoder<'_>, item: impl Fn(&mut Decoder<'_>) -> Decoded<T>) -> Decoded<Vec<T>> {
    let length = definite(reader.array()?)?;
    // A length that lies must not reserve memory: an item has at least one byte, and is larger in memory.
    let mut items = Vec::with_capacity(length.min(remaining(reader) / 4));
    for _ in 0..length {
        items.push(item(reader)?);
    }
    Ok(items)
}

fn guard(reader: &mut Decoder<'_>) -> Decoded<Guard> {
    let mut parts = Parts::read("guard", reader)?;
    let (model, which) = (parts.model()?, parts.which()?);
    Ok(match which {
        number::GUARD_REVISION => Guard::Revision { model, key: parts.key()?, revision: parts.revision()? },
        number::GUARD_ABSENT => Guard::Absent { model, key: parts.key()? },
        number::GUARD_PRESENT => Guard::Present { model, key: parts.key()? },
        number::GUARD_UNIQUE => {
            Guard::Unique { model, constraint: parts.place()?, value: parts.value()?, holder: parts.key()? }
        }
        number::GUARD_UNREFERENCED_LIVE => {
            Guard::UnreferencedLive { model, relation: parts.place()?, key: parts.key()? }
        }
        number::GUARD_UNREFERENCED => Guard::Unreferenced { model, relation: parts.place()?, key: parts.key()? },
        number::GUARD_REFERRERS => {
            Guard::Referrers { model, relation: parts.place()?, key: parts.key()?, count: parts.count()? }
        }
        sort => return Err(CorruptEntry::Unknown { part: "guard", sort }),
    })
}

fn change(reader: &mut Decoder<'_>) -> Decoded<Change> {
    let mut parts = Parts::read("change", reader)?;
    let (model, which) = (parts.model()?, parts.which()?);
    Ok(match which {
        number::CHANGE_PUT => {
            Change::Put { model, key: parts.key()?, revision: parts.revision()?, row: parts.bytes()? }
        }
        number::CHANGE_PATCH => {
            let whole = parts.whole.take();
            Change::Patch { model, key: parts.key()?, revision: parts.revision()?, fields: parts.bytes()?, whole }
        }
        number::CHANGE_DELETE => Change::Delete { model, key: parts.key()? },
        number::CHANGE_SCHEMA => Change::Schema(SchemaChange {
            model,
            table: parts.table()?,
            fields: parts.fields()?,
            document: parts.document()?,
            retired: parts.retired.take().unwrap_or_default(),
            phase: parts.phase,
        }),
        sort => return Err(CorruptEntry::Unknown { part: "change", sort }),
    })
}

fn event(reader: &mut Decoder<'_>) -> Decoded<EventRecord> {
    let mut parts = Parts::read("event", reader)?;
    let model = parts.model()?;
    Ok(EventRecord { model, key: parts.key()?, name: parts.name()?, payload: parts.payload()? })
}

/// The map of a guard, a change or an event, before it is known which one it is.
#[derive(Default)]
struct Parts {
    part: &'static str,
    which: Option<u32>,
    model: Option<u32>,
    key: Option<Key>,
    revision: Option<u64>,
    bytes: Option<Vec<u8>>,
    whole: Option<Vec<u8>>,
    place: Option<u32>,
    count: Option<u64>,
    value: Option<Key>,
    table: Option<String>,
    fields: Option<Vec<(u32, String, String)>>,
    document: Option<String>,
    retired: Option<Vec<(u32, String, String)>>,
    phase: Phase,
    name: Option<String>,
    payload: Option<String>,
}

impl Parts {
    fn read(part: &'static str, reader: &mut Decoder<'_>) -> Decoded<Self> {
        let mut parts = Self { part, ..Self::default() };
        for _ in 0..definite(reader.map()?)? {
            match reader.u32()? {
                number::WHICH => parts.which = Some(reader.u32()?),
                number::MODEL => parts.model = Some(reader.u32()?),
                number::KEY => parts.key = Some(Key::from_bytes(reader.bytes()?)),
                number::REVISION => parts.revision = Some(reader.u64()?),
                number::BYTES => parts.bytes = Some(reader.bytes()?.to_owned()),
                number::WHOLE => parts.whole = Some(reader.bytes()?.to_owned()),
                number::PLACE => parts.place = Some(reader.u32()?),
                number::COUNT => parts.count = Some(reader.u64()?),
                number::VALUE => parts.value = Some(Key::from_bytes(reader.bytes()?)),
                number::TABLE => parts.table = Some(reader.str()?.to_owned()),
                number::FIELDS => parts.fields = Some(list(reader, field)?),
                number::DOCUMENT => parts.document = Some(reader.str()?.to_owned()),
                number::RETIRED => parts.retired = Some(list(reader, field)?),
                number::PHASE => parts.phase = phase(reader)?,
                number::NAME => parts.name = Some(reader.str()?.to_owned()),
                number::PAYLOAD => parts.payload = Some(reader.str()?.to_owned()),
                _ => reader.skip()?,
            }
        }
        Ok(parts)
    }

    fn lacks(&self, key: u32) -> CorruptEntry {
        CorruptEntry::Incomplete { part: self.part, key }
    }

    fn which(&self) -> Decoded<u32> {
        self.which.ok_or_else(|| self.lacks(number::WHICH))
    }

    fn model(&self) -> Decoded<ModelId> {
        self.model.map(ModelId).ok_or_else(|| self.lacks(number::MODEL))
    }

    fn key(&mut self) -> Decoded<Key> {
        self.key.take().ok_or_else(|| self.lacks(number::KEY))
    }

    fn revision(&self) -> Decoded<u64> {
        self.revision.ok_or_else(|| self.lacks(number::REVISION))
    }

    fn bytes(&mut self) -> Decoded<Vec<u8>> {
        self.bytes.take().ok_or_else(|| self.lacks(number::BYTES))
    }

    fn place(&self) -> Decoded<u32> {
        self.place.ok_or_else(|| self.lacks(number::PLACE))
    }

    fn count(&self) -> Decoded<u64> {
        self.count.ok_or_else(|| self.lacks(number::COUNT))
    }

    fn value(&mut self) -> Decoded<Key> {
        self.value.take().ok_or_else(|| self.lacks(number::VALUE))
    }

    fn table(&mut self) -> Decoded<String> {
        self.table.take().ok_or_else(|| self.lacks(number::TABLE))
    }

    fn fields(&mut self) -> Decoded<Vec<(u32, String, String)>> {
        self.fields.take().ok_or_else(|| self.lacks(number::FIELDS))
    }

    fn document(&mut self) -> Decoded<String> {
        self.document.take().ok_or_else(|| self.lacks(number::DOCUMENT))
    }

    fn name(&mut self) -> Decoded<String> {
        self.name.take().ok_or_else(|| self.lacks(number::NAME))
    }

    fn payload(&mut self) -> Decoded<String> {
        self.payload.take().ok_or_else(|| self.lacks(number::PAYLOAD))
    }
}

fn phase(reader: &mut Decoder<'_>) -> Decoded<Phase> {
    let parts = definite(reader.array()?)?;
    let which = reader.u32()?;
    let phase = match (which, parts) {
        (number::PHASE_FILLING, 3) => Phase::Filling { first: reader.u32()?, former: reader.str()?.to_owned() },
        (number::PHASE_EMPTYING, 1) => Phase::Emptying,
        (number::PHASE_GONE, 1) => Phase::Gone,
        (sort, _) => return Err(CorruptEntry::Unknown { part: "phase", sort }),
    };
    Ok(phase)
}

fn field(reader: &mut Decoder<'_>) -> Decoded<(u32, String, String)> {
    let parts = definite(reader.array()?)?;
    if parts < 3 {
        return Err(CorruptEntry::Malformed("a field of a schema has a number, a name and a type".to_owned()));
    }
    let field = (reader.u32()?, reader.str()?.to_owned(), reader.str()?.to_owned());
    for _ in 3..parts {
        reader.skip()?;
    }
    Ok(field)
}
