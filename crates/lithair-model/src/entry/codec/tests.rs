//! Entries come back, and what is no entry is refused.

use proptest::prelude::*;

use crate::{Change, CorruptEntry, Entry, EventRecord, Guard, Key, ModelId, Phase, SchemaChange, Timestamp};

fn key() -> impl Strategy<Value = Key> {
    proptest::collection::vec(any::<u8>(), 0..20).prop_map(Key::from_bytes)
}

fn model() -> impl Strategy<Value = ModelId> {
    any::<u32>().prop_map(ModelId)
}

fn guard() -> impl Strategy<Value = Guard> {
    prop_oneof![
        (model(), key(), any::<u64>()).prop_map(|(model, key, revision)| Guard::Revision { model, key, revision }),
        (model(), key()).prop_map(|(model, key)| Guard::Absent { model, key }),
        (model(), key()).prop_map(|(model, key)| Guard::Present { model, key }),
        (model(), any::<u32>(), key(), key()).prop_map(|(model, constraint, value, holder)| Guard::Unique {
            model,
            constraint,
            value,
            holder
        }),
        (model(), any::<u32>(), key()).prop_map(|(model, relation, key)| Guard::Unreferenced { model, relation, key }),
        (model(), any::<u32>(), key()).prop_map(|(model, relation, key)| Guard::UnreferencedLive {
            model,
            relation,
            key
        }),
        (model(), any::<u32>(), key(), any::<u64>()).prop_map(|(model, relation, key, count)| Guard::Referrers {
            model,
            relation,
            key,
            count
        }),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let fields = || any::<Vec<(u32, String, String)>>();
    let phase = prop_oneof![
        Just(Phase::Settled),
        (any::<u32>(), any::<String>()).prop_map(|(first, former)| Phase::Filling { first, former }),
        Just(Phase::Emptying),
        Just(Phase::Gone),
    ];
    let schema = (model(), any::<String>(), fields(), any::<String>(), fields(), phase).prop_map(
        |(model, table, fields, document, retired, phase)| SchemaChange {
            model,
            table,
            fields,
            document,
            retired,
            phase,
        },
    );
    prop_oneof![
        (model(), key(), any::<u64>(), any::<Vec<u8>>()).prop_map(|(model, key, revision, row)| Change::Put {
            model,
            key,
            revision,
            row
        }),
        (model(), key(), any::<u64>(), any::<Vec<u8>>(), any::<Option<Vec<u8>>>())
            .prop_map(|(model, key, revision, fields, whole)| Change::Patch { model, key, revision, fields, whole }),
        (model(), key()).prop_map(|(model, key)| Change::Delete { model, key }),
        schema.prop_map(Change::Schema),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let event = (model(), key(), any::<String>(), any::<String>());
    let event = event.prop_map(|(model, key, name, payload)| EventRecord { model, key, name, payload });
    let lists = (
        proptest::collection::vec(guard(), 0..4),
        proptest::collection::vec(change(), 0..4),
        proptest::collection::vec(event, 0..3),
        proptest::collection::vec(any::<u64>().prop_map(crate::Position::new), 0..3),
    );
    (any::<i64>(), any::<Option<String>>(), lists).prop_map(|(at, actor, (guards, changes, events, refused))| Entry {
        at: Timestamp::from_micros(at),
        actor,
        guards,
        changes,
        events,
        refused,
    })
}

fn bytes(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn entries_come_back(entry in entry()) {
        prop_assert_eq!(Entry::decode(&bytes(&entry)), Ok(entry));
    }

    #[test]
    fn truncated_entries_are_refused(entry in entry(), at in any::<prop::sample::Index>()) {
        let bytes = bytes(&entry);
        prop_assert!(Entry::decode(&bytes[..at.index(bytes.len())]).is_err());
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Entry::decode(&bytes);
    }

    #[test]
    fn damage_never_panics(entry in entry(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = bytes(&entry);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Entry::decode(&bytes);
    }
}

/// CBOR by hand: `{0: 5, 2: [], 3: [..], 9: "new"}`.
fn with_change(change: &[u8]) -> Vec<u8> {
    [&[0xa4, 0x00, 0x05, 0x02, 0x80, 0x03, 0x81], change, &[0x09, 0x63, b'n', b'e', b'w']].concat()
}

#[test]
fn what_a_newer_program_adds_is_skipped_where_that_is_safe_and_refused_where_not() {
    // {0: 2 (delete), 1: 7, 2: h'01', 99: [1]}
    let delete = [0xa4, 0x00, 0x02, 0x01, 0x07, 0x02, 0x41, 0x01, 0x18, 0x63, 0x81, 0x01];
    let entry = Entry::decode(&with_change(&delete)).expect("unknown keys are skipped");
    assert_eq!(entry.changes, [Change::Delete { model: ModelId(7), key: Key::from_bytes([1]) }]);
    // {0: 77, 1: 7}
    let unknown = Entry::decode(&with_change(&[0xa2, 0x00, 0x18, 0x4d, 0x01, 0x07]));
    assert_eq!(unknown, Err(CorruptEntry::Unknown { part: "change", sort: 77 }));
    // {0: 2, 1: 7}
    let incomplete = Entry::decode(&with_change(&[0xa2, 0x00, 0x02, 0x01, 0x07]));
    assert_eq!(incomplete, Err(CorruptEntry::Incomplete { part: "change", key: 2 }));
}

#[test]
fn a_length_that_lies_reserves_no_memory() {
    // {3: an array of 2^60 changes}
    let bytes = [0xa1, 0x03, 0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0];
    assert!(matches!(Entry::decode(&bytes), Err(CorruptEntry::Malformed(_))));
}

/// The example of `docs/formats/entry.md`, byte for byte.
#[test]
fn the_documented_example_is_what_is_written() {
    use crate::{FieldSchema, ModelSchema, Value, testing};
    static PERSON: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema::of::<i64>("id"),
            FieldSchema::of::<String>("name"),
            FieldSchema::of::<Option<crate::Date>>("born"),
        ],
        key: &[0],
        ..testing::EMPTY
    };
    let person = testing::catalog(&[&PERSON]).models.remove(0);
    let values = [Value::Int(7), Value::Text("Ada".into()), Value::Null];
    let (model, key) = (person.id, person.key_of(&values));
    let entry = Entry {
        at: Timestamp::from_micros(1_000_000),
        actor: None,
        guards: vec![Guard::Absent { model, key: key.clone() }],
        changes: vec![Change::Put { model, key, revision: 1, row: person.encode_row(&values) }],
        events: Vec::new(),
        refused: Vec::new(),
    };
    let page = include_str!("../../../../../docs/formats/entry.md");
    let example = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let documented: String = example.lines().map(code).collect();
    let written: String = bytes(&entry).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, documented);
}

/// The hexadecimal words at the beginning of a line of the example; a word of the text ends them.
fn code(line: &str) -> String {
    let words = line.split_whitespace();
    words.take_while(|word| word.len() % 2 == 0 && word.bytes().all(|byte| byte.is_ascii_hexdigit())).collect()
}
