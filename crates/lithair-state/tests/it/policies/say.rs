//! Random policies, and what they are about.

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

/// A policy about teams.
#[derive(Clone, Debug)]
pub(crate) enum TeamSay {
    Everybody,
    Known,
    LevelBelow(i64),
    Role(usize),
}

impl TeamSay {
    pub(crate) fn policy(&self) -> Policy {
        match self {
            Self::Everybody => Policy::Public,
            Self::Known => Policy::Authenticated,
            Self::LevelBelow(level) => Policy::Test(below("level", *level)),
            Self::Role(role) => Policy::Role(ROLES[*role]),
        }
    }
}

impl Say {
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
