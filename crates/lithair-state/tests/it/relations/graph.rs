//! Users, posts, remarks, tags and profiles, as vectors that anybody can look through.

use std::sync::Arc;

use lithair_model::{
    Catalog, Change, Entry, FieldSchema, IndexSchema, LinkKind, LinkSchema, ModelEntry, ModelSchema, Numbers, OnDelete,
    Position, RelationSchema, Row, SortTerm, Timestamp, UniqueSchema, Value,
};
use lithair_state::State;

use super::question::Dice;

pub(crate) const USER: usize = 0;
pub(crate) const POST: usize = 1;
pub(crate) const REMARK: usize = 2;
pub(crate) const TAG: usize = 3;
pub(crate) const PROFILE: usize = 4;
const TAGGED: usize = 5;
/// Those that questions are about.
pub(crate) const MODELS: usize = 5;

const PLAIN: ModelSchema = ModelSchema { key: &[0], ..ModelSchema::PLAIN };

const fn asked(field: FieldSchema) -> FieldSchema {
    FieldSchema { filter: true, ..field }
}

const fn id() -> FieldSchema {
    FieldSchema::of::<i64>("id")
}

const fn to(name: &'static str, field: &'static [usize], target: fn() -> &'static ModelSchema) -> RelationSchema {
    RelationSchema { name, fields: field, target, on_delete: OnDelete::Cascade }
}

const fn link(wire: &'static str, target: fn() -> &'static ModelSchema, kind: LinkKind) -> LinkSchema {
    LinkSchema { name: wire, wire, target, kind }
}

fn users() -> &'static ModelSchema {
    &USERS
}

fn posts() -> &'static ModelSchema {
    &POSTS
}

fn remarks() -> &'static ModelSchema {
    &REMARKS
}

fn tags() -> &'static ModelSchema {
    &TAGS
}

fn profiles() -> &'static ModelSchema {
    &PROFILES
}

fn taggings() -> &'static ModelSchema {
    &TAGGINGS
}

static USERS: ModelSchema = ModelSchema {
    name: "User",
    table: "users",
    path: "users",
    fields: &[id(), asked(FieldSchema::of::<i64>("group"))],
    links: &[
        link("posts", posts, LinkKind::HasMany { via: "author_id" }),
        link("profile", profiles, LinkKind::HasOne { via: "user_id" }),
    ],
    ..PLAIN
};

static POSTS: ModelSchema = ModelSchema {
    name: "Post",
    table: "posts",
    path: "posts",
    fields: &[id(), FieldSchema::of::<Option<i64>>("author_id"), FieldSchema::of::<i64>("score")],
    indexes: &[IndexSchema { terms: &[SortTerm { field: 2, descending: false }] }],
    relations: &[to("author", &[1], users)],
    links: &[
        link("remarks", remarks, LinkKind::HasMany { via: "post_id" }),
        link("tags", tags, LinkKind::ManyToMany { through: taggings, via: None }),
    ],
    ..PLAIN
};

static REMARKS: ModelSchema = ModelSchema {
    name: "Remark",
    table: "remarks",
    path: "remarks",
    fields: &[
        id(),
        FieldSchema::of::<i64>("post_id"),
        FieldSchema::of::<Option<i64>>("user_id"),
        FieldSchema::of::<bool>("spam"),
    ],
    indexes: &[IndexSchema { terms: &[SortTerm { field: 3, descending: false }] }],
    relations: &[to("post", &[1], posts), to("user", &[2], users)],
    ..PLAIN
};

static TAGS: ModelSchema = ModelSchema {
    name: "Tag",
    table: "tags",
    path: "tags",
    fields: &[id(), asked(FieldSchema::of::<i64>("group"))],
    links: &[link("posts", posts, LinkKind::ManyToMany { through: taggings, via: Some("tag_id") })],
    ..PLAIN
};

static PROFILES: ModelSchema = ModelSchema {
    name: "Profile",
    table: "profiles",
    path: "profiles",
    fields: &[id(), FieldSchema::of::<i64>("user_id"), asked(FieldSchema::of::<i64>("group"))],
    uniques: &[UniqueSchema { fields: &[1], ignore_case: false, condition: None }],
    relations: &[to("user", &[1], users)],
    ..PLAIN
};

static TAGGINGS: ModelSchema = ModelSchema {
    name: "Tagging",
    table: "taggings",
    path: "taggings",
    fields: &[FieldSchema::of::<i64>("post_id"), FieldSchema::of::<i64>("tag_id")],
    key: &[0, 1],
    relations: &[to("post", &[0], posts), to("tag", &[1], tags)],
    ..PLAIN
};

/// All records of all models.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Key and group.
    pub(crate) users: Vec<(i64, i64)>,
    /// Key, author, score.
    pub(crate) posts: Vec<(i64, Option<i64>, i64)>,
    /// Key, post, user, spam.
    pub(crate) remarks: Vec<(i64, i64, Option<i64>, bool)>,
    /// Key and group.
    pub(crate) tags: Vec<(i64, i64)>,
    /// Key, user, group.
    pub(crate) profiles: Vec<(i64, i64, i64)>,
    /// Post and tag.
    pub(crate) tagged: Vec<(i64, i64)>,
}

impl Graph {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        let mut graph = Self::default();
        let (users, posts, tags) = (dice.below(5), dice.below(7), dice.below(4));
        graph.users.extend((0..users).map(|id| (id, dice.below(3))));
        graph.posts.extend((0..posts).map(|id| (id, dice.maybe(users), dice.below(4))));
        graph.tags.extend((0..tags).map(|id| (id, dice.below(3))));
        for user in 0..users {
            if dice.below(2) == 0 {
                graph.profiles.push((user + 10, user, dice.below(3)));
            }
        }
        if posts > 0 {
            let remarks = dice.below(12);
            graph.remarks.extend((0..remarks).map(|id| (id, dice.below(posts), dice.maybe(users), dice.below(3) == 0)));
        }
        for post in 0..posts {
            graph.tagged.extend((0..tags).filter(|_| dice.below(3) == 0).map(|tag| (post, tag)));
        }
        graph
    }

    /// The same records in a state.
    pub(crate) fn state(&self) -> State {
        let schemas = vec![&USERS, &POSTS, &REMARKS, &TAGS, &PROFILES, &TAGGINGS];
        let catalog = Catalog::new(schemas.clone(), &Numbers::of(&schemas)).unwrap_or_else(|error| panic!("{error}"));
        let state = State::new(Arc::new(catalog));
        let int = |number: i64| Value::Int(number.into());
        let maybe = |number: Option<i64>| number.map_or(Value::Null, int);
        let mut records: Vec<(usize, Vec<Value>)> = Vec::new();
        records.extend(self.users.iter().map(|&(id, group)| (USER, vec![int(id), int(group)])));
        records.extend(self.posts.iter().map(|&(id, user, score)| (POST, vec![int(id), maybe(user), int(score)])));
        records.extend(
            self.remarks
                .iter()
                .map(|&(id, post, user, spam)| (REMARK, vec![int(id), int(post), maybe(user), Value::Bool(spam)])),
        );
        records.extend(self.tags.iter().map(|&(id, group)| (TAG, vec![int(id), int(group)])));
        records.extend(self.profiles.iter().map(|&(id, user, group)| (PROFILE, vec![int(id), int(user), int(group)])));
        records.extend(self.tagged.iter().map(|&(post, tag)| (TAGGED, vec![int(post), int(tag)])));
        let change = |(model, values): (usize, Vec<Value>)| {
            let model = &state.catalog().models[model];
            Change::Put { model: model.id, key: model.key_of(&values), revision: 1, row: model.encode_row(&values) }
        };
        let changes = records.into_iter().map(change).collect();
        let entry = Entry {
            at: Timestamp::from_micros(0),
            actor: None,
            guards: Vec::new(),
            changes,
            events: Vec::new(),
            refused: Vec::new(),
        };
        state.apply(Position::new(1), &entry).expect("there are no guards");
        state.publish(Position::new(1));
        state
    }

    pub(crate) fn ids(&self, model: usize) -> Vec<i64> {
        match model {
            USER => self.users.iter().map(|user| user.0).collect(),
            POST => self.posts.iter().map(|post| post.0).collect(),
            REMARK => self.remarks.iter().map(|remark| remark.0).collect(),
            TAG => self.tags.iter().map(|tag| tag.0).collect(),
            _ => self.profiles.iter().map(|profile| profile.0).collect(),
        }
    }

    /// A number of a record: its field that questions are about.
    pub(crate) fn number(&self, model: usize, id: i64) -> i64 {
        let found = match model {
            USER => self.users.iter().find(|user| user.0 == id).map(|user| user.1),
            POST => self.posts.iter().find(|post| post.0 == id).map(|post| post.2),
            REMARK => self.remarks.iter().find(|remark| remark.0 == id).map(|remark| i64::from(remark.3)),
            TAG => self.tags.iter().find(|tag| tag.0 == id).map(|tag| tag.1),
            _ => self.profiles.iter().find(|profile| profile.0 == id).map(|profile| profile.2),
        };
        found.expect("the record is there")
    }

    /// The records that a relation leads to, by looking through all of them, in the order of their keys.
    pub(crate) fn related(&self, model: usize, id: i64, relation: &str) -> Vec<i64> {
        let mut found: Vec<i64> = match (model, relation) {
            (USER, "posts") => self.posts.iter().filter(|post| post.1 == Some(id)).map(|post| post.0).collect(),
            (USER, "profile") => self.profiles.iter().filter(|of| of.1 == id).map(|of| of.0).collect(),
            (POST, "author") => self.posts.iter().filter(|post| post.0 == id).filter_map(|post| post.1).collect(),
            (POST, "remarks") => self.remarks.iter().filter(|of| of.1 == id).map(|of| of.0).collect(),
            (POST, "tags") => self.tagged.iter().filter(|of| of.0 == id).map(|of| of.1).collect(),
            (REMARK, "post") => self.remarks.iter().filter(|of| of.0 == id).map(|of| of.1).collect(),
            (REMARK, "user") => self.remarks.iter().filter(|of| of.0 == id).filter_map(|of| of.2).collect(),
            (TAG, "posts") => self.tagged.iter().filter(|of| of.1 == id).map(|of| of.0).collect(),
            (PROFILE, "user") => self.profiles.iter().filter(|of| of.0 == id).map(|of| of.1).collect(),
            _ => unreachable!("{relation} is no relation of model {model}"),
        };
        found.sort_unstable();
        found
    }
}

/// The key of a row.
pub(crate) fn id_of(model: &ModelEntry, row: &Row) -> i64 {
    match model.field(row, 0) {
        Value::Int(id) => i64::try_from(id).expect("keys are small"),
        other => unreachable!("{other:?} is no key"),
    }
}
