//! Guesses of what somebody does not see: whether a guess is right is told by no way in.

use lithair_model::oracle::Asked;
use lithair_model::{Exposure, Mutability, OperationKind, Right, Value};
use serde_json::{Map, Value as Document, json};

use super::super::{ensure, json as body_of};
use super::whole::Way;
use super::writing::{Wish, Writing};
use crate::testing::factory::json_of;

impl Writing<'_> {
    /// Each field that the caller neither sees nor freely sets is sent as it is and otherwise: both are refused alike, and nothing is stored.
    pub(super) fn guesses(&mut self) -> Result<(), String> {
        for place in 0..self.suite.schema(self.model).fields.len() {
            let records = self.records();
            let Some((row, revision)) = records.iter().find(|(row, _)| self.is_kept_back(row, place)) else { continue };
            let others = records.iter().map(|(other, _)| &other[place]);
            let Some(other) = others.filter(|other| **other != row[place]).find(|other| **other != Value::Null) else {
                continue;
            };
            let [right, wrong] = [&row[place], other].map(|guess| self.guessed(row, *revision, place, guess));
            for (right, wrong) in right.into_iter().zip(wrong) {
                let position = self.suite.position();
                let (is, is_not) = (self.answered(&right)?, self.answered(&wrong)?);
                self.scene.decisions += 1;
                ensure(is == is_not, || {
                    format!("{}, which is so, is answered {is:?}, and {} {is_not:?}", right.asked(), wrong.asked())
                })?;
                ensure(!self.suite.is_quiet() || self.suite.position() == position, || {
                    format!("{} or {}: something is stored", right.asked(), wrong.asked())
                })?;
            }
        }
        Ok(())
    }

    /// Whether the caller sees a record and not this field of it, and what is sent for the field is compared or refused.
    fn is_kept_back(&self, row: &[Value], place: usize) -> bool {
        let (world, schema) = (self.scene.world(), self.suite.schema(self.model));
        let field = &schema.fields[place];
        let is_open = matches!(field.exposure, Exposure::Open | Exposure::ReadOnly) && !schema.key.contains(&place);
        let is_servers = field.auto.is_some() || field.computed.is_some() || field.exposure == Exposure::ReadOnly;
        let is_compared = match field.mutability {
            Mutability::Free => is_servers || field.access.owner,
            Mutability::WriteOnce => row[place] != Value::Null,
            _ => true,
        };
        let sets = || world.sets_field(self.caller, Right::Update, place, Asked::of(self.model, row));
        is_open
            && (is_compared || sets() == Some(false))
            && world.sees(self.caller, self.model, row) == Some(true)
            && world.sees_field(self.caller, self.model, row, place) == Some(false)
    }

    /// Every way to send a field of a record with this value, beside what the caller sees and may set.
    fn guessed(&self, row: &[Value], revision: u64, place: usize, guess: &Value) -> Vec<Wish<'static>> {
        let schema = self.suite.schema(self.model);
        let member = |place: usize, value: &Value| {
            let field = &schema.fields[place];
            (field.wire.to_owned(), json_of(field, value))
        };
        let own = || self.own_fields(row).into_iter().map(|(place, value)| member(place, &value));
        let guess = member(place, guess);
        let whole: Map<String, Document> = own().chain([guess.clone()]).collect();
        let mut wishes = Vec::new();
        if self.suite.offers(self.model, &[OperationKind::Update]) {
            let part = json!({ &guess.0: guess.1 });
            for (method, body) in [("PATCH", part), ("PUT", Document::from(whole.clone()))] {
                wishes.push(Wish { method, path: self.path(row), body: Some(body), revision: Some(revision) });
            }
        }
        // What is computed in a line is passed over.
        if self.offers(Way::Import) && schema.fields[place].computed.is_none() {
            let line: Map<String, Document> =
                schema.key.iter().map(|place| member(*place, &row[*place])).chain(whole).collect();
            let path = format!("{}:import", self.suite.collection(self.model));
            wishes.push(Wish { method: "POST", path, body: Some(line.into()), revision: None });
        }
        wishes
    }

    fn answered(&mut self, wish: &Wish<'_>) -> Result<(u16, Document), String> {
        let answer = self.ask(wish)?;
        let mut body = body_of(&answer);
        if let Some(members) = body.as_object_mut() {
            members.remove("request_id");
        }
        Ok((answer.status, body))
    }
}
