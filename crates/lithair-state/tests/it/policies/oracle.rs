//! Policies as a person would explain them: an interpreter that shares nothing with the engine but the words.

use lithair_model::{Comparison, Expr, Literal, Policy, Right};

/// A record of the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doc {
    pub(crate) id: i64,
    pub(crate) org: String,
    pub(crate) owner: String,
    pub(crate) team: Option<i64>,
    pub(crate) open: bool,
    pub(crate) rank: i64,
    pub(crate) secret: Option<String>,
}

/// What documents belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) id: i64,
    pub(crate) level: i64,
}

/// Who asks. Nobody has no subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) subject: Option<String>,
    pub(crate) org: Option<String>,
    pub(crate) roles: Vec<&'static str>,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) team: Option<i64>,
    pub(crate) teams: Vec<i64>,
}

/// The roles, the highest first.
pub(crate) const ROLES: [&str; 3] = ["High", "Middle", "Low"];
pub(crate) const SCOPES: [&str; 2] = ["one", "two"];

/// A policy about documents.
#[derive(Clone, Debug)]
pub(crate) enum Say {
    Everybody,
    Known,
    Unknown,
    Owner,
    Role(usize),
    Scope(usize),
    Open,
    RankBelow(i64),
    RankSame,
    OwnTeam,
    NotOwnTeam,
    AmongTeams,
    HasClaim,
    Member,
    TeamLevelBelow(i64),
    SeesTeam,
    Not(Box<Say>),
    All(Vec<Say>),
    Any(Vec<Say>),
}

/// Everything that a policy may look at.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) teams: &'a [Team],
    /// Who sees a team.
    pub(crate) team_read: &'a TeamSay,
}

/// A policy about teams.
#[derive(Clone, Debug)]
pub(crate) enum TeamSay {
    Everybody,
    Known,
    LevelBelow(i64),
    Role(usize),
}

impl TeamSay {
    pub(crate) fn holds(&self, caller: &Caller, team: &Team) -> bool {
        match self {
            Self::Everybody => true,
            Self::Known => caller.subject.is_some(),
            Self::LevelBelow(level) => team.level < *level,
            Self::Role(role) => has_role(caller, *role),
        }
    }

    pub(crate) fn policy(&self) -> Policy {
        match self {
            Self::Everybody => Policy::Public,
            Self::Known => Policy::Authenticated,
            Self::LevelBelow(level) => Policy::Test(below("level", *level)),
            Self::Role(role) => Policy::Role(ROLES[*role]),
        }
    }
}

fn has_role(caller: &Caller, role: usize) -> bool {
    caller.roles.iter().any(|has| ROLES[..=role].contains(has))
}

impl Say {
    /// Whether it is true of a caller and a record, which was `before`.
    pub(crate) fn holds(&self, caller: &Caller, doc: &Doc, before: Option<&Doc>, world: World<'_>) -> bool {
        let holds = |say: &Self| say.holds(caller, doc, before, world);
        let team = || doc.team.and_then(|id| world.teams.iter().find(|team| team.id == id));
        match self {
            Self::Everybody => true,
            Self::Known => caller.subject.is_some(),
            Self::Unknown => caller.subject.is_none(),
            Self::Owner => caller.subject.as_ref() == Some(&doc.owner),
            Self::Role(role) => has_role(caller, *role),
            Self::Scope(scope) => caller.subject.is_some() && caller.scopes.contains(&SCOPES[*scope]),
            Self::Open => doc.open,
            Self::RankBelow(rank) => doc.rank < *rank,
            Self::RankSame => before.is_some_and(|before| before.rank == doc.rank),
            Self::OwnTeam => doc.team.is_some() && doc.team == caller.team,
            Self::NotOwnTeam => doc.team.is_some() && caller.team.is_some() && doc.team != caller.team,
            Self::AmongTeams => doc.team.is_some_and(|team| caller.teams.contains(&team)),
            Self::HasClaim => caller.team.is_some(),
            Self::Member => team().is_some_and(|team| caller.subject.as_deref() == Some(&team.id.to_string())),
            Self::TeamLevelBelow(level) => team().is_some_and(|team| team.level < *level),
            Self::SeesTeam => team().is_some_and(|team| world.team_read.holds(caller, team)),
            Self::Not(inner) => !holds(inner),
            Self::All(parts) => parts.iter().all(holds),
            Self::Any(parts) => parts.iter().any(holds),
        }
    }

    /// The same as a program declares it.
    pub(crate) fn policy(&self) -> Policy {
        let list = |parts: &[Self]| -> &'static [Policy] { parts.iter().map(Self::policy).collect::<Vec<_>>().leak() };
        match self {
            Self::Everybody => Policy::Public,
            Self::Known => Policy::Authenticated,
            Self::Unknown => Policy::Anonymous,
            Self::Owner => Policy::Owner,
            Self::Role(role) => Policy::Role(ROLES[*role]),
            Self::Scope(scope) => Policy::Scope(SCOPES[*scope]),
            Self::Open => Policy::Test(Expr::Field("open")),
            Self::RankBelow(rank) => Policy::Test(below("rank", *rank)),
            Self::RankSame => {
                Policy::Test(Expr::Compare(&Expr::Field("before.rank"), Comparison::Equal, &Expr::Field("rank")))
            }
            Self::OwnTeam => Policy::Claim(&Expr::Field("team_id"), Comparison::Equal, "team"),
            Self::NotOwnTeam => Policy::Claim(&Expr::Field("team_id"), Comparison::NotEqual, "team"),
            Self::AmongTeams => Policy::AmongClaim(&Expr::Field("team_id"), "teams"),
            Self::HasClaim => Policy::ClaimIs("team", Comparison::NotEqual, Literal::Null),
            Self::Member => Policy::Member("team"),
            Self::TeamLevelBelow(level) => Policy::Related("team", leak(Policy::Test(below("level", *level)))),
            Self::SeesTeam => Policy::Check("team", Right::Read),
            Self::Not(inner) => Policy::Not(leak(inner.policy())),
            Self::All(parts) => Policy::All(list(parts)),
            Self::Any(parts) => Policy::Any(list(parts)),
        }
    }
}

fn below(field: &'static str, number: i64) -> Expr {
    let number = leak(Expr::Literal(Literal::Int(number.into())));
    Expr::Compare(leak(Expr::Field(field)), Comparison::Less, number)
}

pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
