//! Why somebody may do something, or may not, and what would change it: for operators, never for the caller.
//!
//! ```text
//! Attempt -> Step, Step, ..      each clause that is asked, in the order in which the server asks it
//!         -> Decision            the first that does not hold decides; `change` says what would turn it
//! ```
//! No value of a record is told: rules are, and whether they are true of it.

mod change;
mod whom;

pub use whom::{Left, Whom};

use super::rule::Compiler;
use super::{Asker, Condition, Sides, policy_text, right_text};
use crate::{AccessSchema, DenySchema, FieldSchema, Fields, ModelSchema, Policy, Right};

/// What somebody wants to do.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// With a record of this model.
    pub model: usize,
    /// What.
    pub right: Right,
    /// The record as it is; none of a new one, and where no record in particular is meant.
    pub before: Option<&'a Sides<'a>>,
    /// The record as it would be, of a create or an update whose body is known.
    pub after: Option<&'a Sides<'a>>,
    /// Fields that are asked for or sent, as places in the schema.
    pub fields: &'a [usize],
    /// Which record is meant.
    pub record: Asked,
}

/// Which record somebody wants to do something with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// None in particular, or a new one.
    Any,
    /// One that is there.
    There,
    /// One that is in the trash.
    Trash,
    /// One that is not there.
    Absent,
}

/// What decided, in the order in which it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether they may.
    pub allowed: Truth,
    /// The status of the answer that the server gives for it, as far as permissions decide; of what depends on the record, the one of success.
    pub status: u16,
    /// What was asked, and what came of it.
    pub steps: Vec<Step>,
    /// The step that decided.
    pub decided_by: usize,
    /// What would change it: any of these, each with all that it takes.
    pub would_change: Vec<Vec<String>>,
}

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That depends on the record.
    Depends,
}

/// One clause that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where the clause is declared: `Article: update`, `Article.salary: read`, `Article: deny(update)`.
    pub clause: String,
    /// What it says, as its author wrote it.
    pub rule: String,
    /// Of what: the record as it is, or as it would be.
    pub of: &'static str,
    /// Whether it speaks for the right.
    pub holds: Truth,
    /// Its alternatives, where there are several: any of them is enough.
    pub parts: Vec<(String, Truth)>,
    /// The status of the answer if it does not hold.
    pub status: u16,
    /// What would turn it, whichever way it is.
    change: Vec<Vec<String>>,
}

/// Of what a step is, and the status of the answer if it does not hold.
type At = (&'static str, u16);

const IS: &str = "the record as it is";
const WOULD_BE: &str = "the record as it would be";
const WHO: &str = "who asks";

impl Truth {
    /// As JSON says it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Depends => "depends",
        }
    }

    const fn of(flag: bool) -> Self {
        if flag { Self::Yes } else { Self::No }
    }

    const fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Depends => Self::Depends,
        }
    }
}

impl Step {
    /// A clause without alternatives that nothing would turn.
    fn plain(clause: String, rule: String, holds: Truth, (of, status): At) -> Self {
        Self { clause, rule, of, holds, parts: Vec::new(), status, change: Vec::new() }
    }

    /// This would turn it.
    fn turned_by(self, words: String) -> Self {
        Self { change: vec![vec![words]], ..self }
    }
}

impl Asker<'_> {
    /// Why the principal may do something, or may not.
    pub fn explain(&self, attempt: &Attempt<'_>) -> Decision {
        let steps = match self.principal.is_system() {
            true => {
                vec![self.said_plainly(attempt, "the program itself may do everything".to_owned(), Truth::Yes, 200)]
            }
            false => self.steps(attempt),
        };
        Decision::of(steps)
    }

    /// Every clause, in the order of the server.
    fn steps(&self, attempt: &Attempt<'_>) -> Vec<Step> {
        let right = attempt.right;
        let scope = self.of_key(attempt);
        if scope.is_some() {
            return scope.into_iter().collect();
        }
        if self.is_refused_unseen(attempt) {
            return self.of_right(attempt, right, attempt.before, (WHO, self.refused()));
        }
        let mut steps = Vec::new();
        let is_of_record = right != Right::Create;
        if attempt.record == Asked::Absent && self.given(attempt.model, Right::Read) != Condition::Never {
            return vec![self.said_plainly(attempt, "there is no such record".to_owned(), Truth::No, 404)];
        }
        if is_of_record {
            let status = if attempt.record == Asked::Any { self.refused() } else { self.unseen(attempt) };
            steps.extend(self.of_right(attempt, Right::Read, attempt.before, (IS, status)));
        }
        let returns = matches!(right, Right::Command("restore" | "purge") | Right::History);
        if attempt.record == Asked::Trash && !returns {
            steps.push(self.said_plainly(attempt, "the record is in the trash".to_owned(), Truth::No, 410));
        }
        match right {
            Right::Read => steps.extend(self.of_fields(attempt, attempt.before, (IS, 200))),
            Right::Create => steps.extend(self.of_change(attempt, None)),
            Right::Update => steps.extend(self.of_change(attempt, Some(IS))),
            _ => steps.extend(self.of_right(attempt, right, attempt.before, (IS, self.forbidden(attempt)))),
        }
        steps
    }

    /// An API key that may not be used for this, whatever its holder may do.
    fn of_key(&self, attempt: &Attempt<'_>) -> Option<Step> {
        if self.is_for(attempt.model, attempt.right) {
            return None;
        }
        let word = super::scope::word(attempt.right);
        let path = self.catalog.models[attempt.model].schema.path;
        let rule = format!("scope({word:?}) || scope(\"{word}:{path}\")");
        let step = Step::plain("scopes of the key".to_owned(), rule, Truth::No, (WHO, 403));
        Some(step.turned_by(format!("a key with the scope {word:?} or \"{word}:{path}\"")))
    }

    /// What is asked of a record as it is, as it would be, and of the fields that are sent.
    fn of_change(&self, attempt: &Attempt<'_>, is: Option<&'static str>) -> Vec<Step> {
        let right = attempt.right;
        let mut steps = Vec::new();
        if let Some(is) = is {
            steps.extend(self.of_right(attempt, right, attempt.before, (is, self.forbidden(attempt))));
            if attempt.before.is_some() {
                steps.extend(self.of_fields(attempt, attempt.before, (is, 422)));
            }
        }
        let after = attempt.after;
        if is.is_none() || after.is_some() {
            steps.extend(self.of_right(attempt, right, after, (WOULD_BE, self.forbidden(attempt))));
        }
        if is.is_none() {
            steps.extend(self.of_owner(attempt));
        }
        steps.extend(self.of_ways(attempt));
        if after.is_some() {
            steps.extend(self.of_fields(attempt, after, (WOULD_BE, 422)));
        }
        if attempt.before.is_none() && after.is_none() {
            steps.extend(self.of_fields(attempt, None, (IS, 422)));
        }
        let afters = self.rules(attempt.model).map(|rules| rules.afters).unwrap_or_default();
        for rule in afters.iter().filter(|rule| rule.right == right && after.is_some()) {
            let clause = format!("{}: after({})", self.name(attempt.model), right_text(right));
            steps.push(self.step(attempt.model, clause, &rule.holds, after, (WOULD_BE, self.forbidden(attempt))));
        }
        steps
    }

    /// The tenant, the rule of a right, what `by` says of it, and every deny.
    fn of_right(&self, attempt: &Attempt<'_>, right: Right, sides: Option<&Sides<'_>>, at: At) -> Vec<Step> {
        let (model, name) = (attempt.model, self.name(attempt.model));
        let schema = self.catalog.models[model].schema;
        let mut steps: Vec<Step> = self.of_tenant(model, right, sides, at).into_iter().collect();
        steps.push(match said(schema, right) {
            None => {
                let clause = format!("{name}: {}", right_text(right));
                Step::plain(clause, "no rule gives it to anybody".to_owned(), Truth::No, at)
            }
            Some((of, policy)) => self.step(model, format!("{name}: {}", right_text(of)), policy, sides, at),
        });
        for (command, policy) in super::by(schema).filter(|(command, _)| Right::Command(command) == right) {
            steps.push(self.step(model, format!("{name}: {command} by"), policy, sides, at));
        }
        steps.extend(self.of_denies(model, right, sides, at));
        steps
    }

    fn of_tenant(&self, model: usize, right: Right, sides: Option<&Sides<'_>>, at: At) -> Option<Step> {
        let entry = &self.catalog.models[model];
        let field = entry.schema.fields[entry.access.tenant?].name;
        let holds = match (right, self.truth(&self.tenant(model), sides)) {
            // A new record is of whoever makes it.
            (Right::Create, Truth::Depends) => Truth::Yes,
            (_, holds) => holds,
        };
        let step = Step::plain(format!("{}: tenant", entry.schema.name), format!("{field} = actor.tenant"), holds, at);
        Some(step.turned_by(format!("a principal of the record's tenant (`{field}`)")))
    }

    /// Every deny about a right: it speaks for the right as long as it is false.
    fn of_denies(&self, model: usize, right: Right, sides: Option<&Sides<'_>>, at: At) -> Vec<Step> {
        let schemas = self.rules(model).map(|rules| rules.denies).unwrap_or_default();
        let denies = schemas.iter().zip(&self.catalog.models[model].access.denies);
        let step = |schema: &'static DenySchema, when: &Condition| {
            let rights: Vec<_> = schema.rights.iter().map(|right| right_text(*right)).collect();
            let holds = self.truth(when, sides).negated();
            let clause = format!("{}: deny({})", self.name(model), rights.join(", "));
            let change = self.change(model, &schema.when, holds == Truth::Yes, sides);
            Step { change, ..Step::plain(clause, policy_text(&schema.when), holds, at) }
        };
        let about = denies.filter(|(_, deny)| deny.is_about(right));
        about.map(|(schema, deny)| step(schema, &self.condition(&deny.when))).collect()
    }

    /// What fields that are asked for or sent say themselves.
    fn of_fields(&self, attempt: &Attempt<'_>, sides: Option<&Sides<'_>>, at: At) -> Vec<Step> {
        let schema = self.catalog.models[attempt.model].schema;
        let (right, word) = match attempt.right {
            Right::Create => ((|field: &FieldSchema| field.access.create) as fn(&FieldSchema) -> _, "create"),
            Right::Update => ((|field: &FieldSchema| field.access.update) as fn(&FieldSchema) -> _, "update"),
            _ => ((|field: &FieldSchema| field.access.read) as fn(&FieldSchema) -> _, "read"),
        };
        let step = |place: &usize| {
            let field = &schema.fields[*place];
            let clause = format!("{}.{}: {word}", schema.name, field.name);
            let is_set = word != "read";
            if is_set && crate::is_servers(&self.catalog.models[attempt.model], *place) {
                let rule = "the server sets it, and nobody else".to_owned();
                return Some(Step::plain(clause, rule, Truth::No, (WHO, 422)));
            }
            if let (false, Some(_), None) = (is_set, field.access.mask, field.access.read) {
                let rule = "it is masked, and no `read` says who reads it whole".to_owned();
                return Some(Step::plain(clause, rule, Truth::No, (WHO, 200)));
            }
            right(field).map(|policy: &'static Policy| self.step(attempt.model, clause, policy, sides, at))
        };
        attempt.fields.iter().filter_map(step).collect()
    }

    /// A new record is somebody's, where records are.
    fn of_owner(&self, attempt: &Attempt<'_>) -> Option<Step> {
        let entry = &self.catalog.models[attempt.model];
        let field = &entry.schema.fields[entry.access.owner?];
        let owns = self.principal.subject().and_then(|subject| super::text_value(subject, &field.kind)).is_some();
        let rule = format!("`{}` is the subject of whoever creates the record", field.name);
        let (clause, holds) = (format!("{}: owner", entry.schema.name), Truth::of(owns || field.optional));
        let step = Step::plain(clause, rule, holds, (WHO, 403));
        Some(step.turned_by(format!("a subject that is {}", field.kind.phrase())))
    }

    /// A state that is set like any field goes a declared way, which is for those who may give its command.
    fn of_ways(&self, attempt: &Attempt<'_>) -> Vec<Step> {
        let (Some(before), Some(after)) = (attempt.before, attempt.after) else { return Vec::new() };
        let entry = &self.catalog.models[attempt.model];
        let leads = |way: &&crate::Transition| {
            let (from, to) = (before.field(way.field), after.field(way.field));
            from != to && way.to == *to && way.from.contains(&from) && !way.by_command
        };
        let ways = entry.transitions.iter().filter(leads);
        let status = self.forbidden(attempt);
        ways.flat_map(|way| self.of_right(attempt, Right::Command(way.name), attempt.before, (IS, status))).collect()
    }

    fn step(&self, model: usize, clause: String, policy: &'static Policy, sides: Option<&Sides<'_>>, at: At) -> Step {
        let truth = |policy: &Policy| self.truth(&self.of_policy(model, policy), sides);
        let holds = truth(policy);
        let parts = match policy {
            Policy::Any(parts) => parts.iter().map(|part| (policy_text(part), truth(part))).collect(),
            _ => Vec::new(),
        };
        let change = self.change(model, policy, holds != Truth::Yes, sides);
        Step { parts, change, ..Step::plain(clause, policy_text(policy), holds, at) }
    }

    fn said_plainly(&self, attempt: &Attempt<'_>, rule: String, holds: Truth, status: u16) -> Step {
        Step::plain(self.name(attempt.model).to_owned(), rule, holds, (IS, status))
    }

    /// Whether a condition is true of a record, if one is meant.
    fn truth(&self, condition: &Condition, sides: Option<&Sides<'_>>) -> Truth {
        match (condition, sides) {
            (Condition::Always, _) => Truth::Yes,
            (Condition::Never, _) => Truth::No,
            (condition, Some(sides)) => Truth::of(condition.holds(sides, self.now)),
            (Condition::When(_), None) => Truth::Depends,
        }
    }

    /// Whether the server refuses before it looks at the record: what no record gives, to whom it asks who they are.
    fn is_refused_unseen(&self, attempt: &Attempt<'_>) -> bool {
        let is_never = |right| self.given(attempt.model, right) == Condition::Never;
        let hides = self.catalog.models[attempt.model].access.hides;
        let is_asked = match attempt.right {
            Right::History | Right::Export => true,
            Right::Read | Right::Create | Right::Command("restore") => false,
            Right::Update | Right::Delete | Right::Command(_) => self.principal.is_anonymous() && !hides,
        };
        is_asked && is_never(attempt.right) && !is_never(Right::Read)
    }

    /// The answer to who does not see a record: whoever is unknown, and may see none, is asked who they are.
    fn unseen(&self, attempt: &Attempt<'_>) -> u16 {
        let sees_none = self.given(attempt.model, Right::Read) == Condition::Never;
        if sees_none && self.principal.is_anonymous() { 401 } else { 404 }
    }

    /// The answer to who has a right to nothing of the kind.
    fn refused(&self) -> u16 {
        if self.principal.is_anonymous() { 401 } else { 403 }
    }

    /// The answer to who may not do something with a record that they see.
    fn forbidden(&self, attempt: &Attempt<'_>) -> u16 {
        let is_hidden = !matches!(attempt.right, Right::Create | Right::History | Right::Export);
        let hides = self.catalog.models[attempt.model].access.hides && is_hidden;
        let is_stranger = self.principal.is_anonymous() && self.given(attempt.model, attempt.right) == Condition::Never;
        match (hides, is_stranger) {
            (true, _) => 404,
            (false, true) => 401,
            (false, false) => 403,
        }
    }

    fn name(&self, model: usize) -> &'static str {
        self.catalog.models[model].schema.name
    }

    fn rules(&self, model: usize) -> Option<&'static crate::PolicySchema> {
        match self.catalog.models[model].schema.access {
            AccessSchema::Rules(rules) => Some(rules),
            AccessSchema::Public | AccessSchema::Internal => None,
        }
    }

    /// What a policy of a model asks. For explanations: what is asked often is compiled once.
    fn of_policy(&self, model: usize, policy: &Policy) -> Condition {
        let schemas: Vec<_> = self.catalog.models.iter().map(|model| model.schema).collect();
        let compiler = Compiler { schemas: &schemas, bindings: &self.catalog.bindings };
        compiler.rule(model, policy).map_or(Condition::Never, |rule| self.condition(&rule))
    }
}

impl Decision {
    fn of(steps: Vec<Step>) -> Self {
        let first = |wanted: Truth| steps.iter().position(|step| step.holds == wanted);
        let (allowed, decided_by) = match (first(Truth::No), first(Truth::Depends)) {
            (Some(place), _) => (Truth::No, place),
            (None, Some(place)) => (Truth::Depends, place),
            // The last rule that was asked is the one of the right itself, or of a field.
            (None, None) => (
                Truth::Yes,
                steps.iter().rposition(|step| !step.rule.is_empty() && !step.clause.contains("deny(")).unwrap_or(0),
            ),
        };
        let status = if allowed == Truth::No { steps[decided_by].status } else { 200 };
        let would_change = match allowed {
            // Any clause that falls takes it away.
            Truth::Yes => steps.iter().flat_map(|step| step.change.clone()).collect(),
            _ => change::together(steps.iter().filter(|step| step.holds != Truth::Yes).map(|step| step.change.clone())),
        };
        let mut told: Vec<Vec<String>> = Vec::new();
        for alternative in would_change {
            if !told.contains(&alternative) {
                told.push(alternative);
            }
        }
        Self { allowed, status, steps, decided_by, would_change: told }
    }
}

/// The policy that says who has a right, and of which right it is.
pub(super) fn said(schema: &'static ModelSchema, right: Right) -> Option<(Right, &'static Policy)> {
    let rules = match schema.access {
        AccessSchema::Public => return Some((right, &Policy::Public)),
        AccessSchema::Internal => return None,
        AccessSchema::Rules(rules) => rules,
    };
    let own = |right| rules.rules.iter().find(|(of, _)| *of == right).map(|(of, policy)| (*of, policy));
    own(right).or_else(|| match right {
        Right::Command(name) if super::by(schema).any(|(by, _)| by == name) => Some((right, &Policy::Public)),
        Right::Command("purge" | "restore") => own(Right::Delete),
        Right::Command(_) => own(Right::Update),
        _ => None,
    })
}
