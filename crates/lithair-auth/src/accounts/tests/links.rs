use lithair_model::{RefusalReason, Unavailable};

use super::super::Links;
use super::*;
use crate::Algorithm;
use crate::oidc::{FinishedLogin, Proven, ProviderRules};
use crate::table::StoreError;

const ISSUER: &str = "https://id.example";

fn rules() -> ProviderRules {
    ProviderRules {
        name: "first".to_owned(),
        issuer: ISSUER.to_owned(),
        client_id: "shop".to_owned(),
        scopes: "openid".to_owned(),
        algorithm: Algorithm::Es256,
        roles_claim: String::new(),
        tenant_claim: String::new(),
        return_to: Vec::new(),
        creates_users: false,
        links_by_email: false,
    }
}

fn proven(subject: &str) -> Proven {
    Proven {
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        email: None,
        name: None,
        roles: None,
        tenant: None,
    }
}

/// A login that comes back once: each has a state of its own.
fn login(proven: &Proven, state: &str) -> FinishedLogin {
    let (state, until) = (state.to_owned(), at(600));
    FinishedLogin { proven: proven.clone(), return_to: "/".to_owned(), is_link: false, state, until }
}

impl World {
    fn through(&self, rules: &ProviderRules, proven: &Proven, state: &str) -> Result<User, AccountError> {
        let login = login(proven, state);
        let came = run(self.accounts.login_proven(&*self.backend, rules, &login, at(0)));
        came.map(|(user, begun)| {
            assert!(self.is_in(&begun.id));
            user
        })
    }

    /// Somebody who has an account because the provider knows them.
    fn new_user(&self, proven: &Proven, state: &str) -> Principal {
        let (creates, login) = (ProviderRules { creates_users: true, ..rules() }, login(proven, state));
        let begun = run(self.accounts.login_proven(&*self.backend, &creates, &login, at(0)));
        self.principal(&begun.expect("is made").1.id)
    }

    fn link(&self, principal: &Principal, proven: &Proven, state: &str) -> Result<(), AccountError> {
        run(self.accounts.link_proven(&*self.backend, principal, &login(proven, state), at(0)))
    }

    fn links_of(&self, principal: &Principal) -> Links {
        self.accounts.links(&*self.backend, principal).expect("a user")
    }
}

#[test]
fn somebody_whom_a_provider_knows_is_nobody_here_until_they_are_linked() {
    let world = World::with_ada();
    let principal = world.principal(&world.log_in(at(0)));
    assert_eq!(world.through(&rules(), &proven("248"), "a"), Err(AccountError::NoAccount));
    assert_eq!(world.link(&principal, &proven("248"), "a"), Err(AccountError::Taken), "a login is taken once");
    assert_eq!(world.link(&principal, &proven("248"), "b"), Ok(()));
    assert_eq!(world.link(&principal, &proven("248"), "c"), Ok(()), "it is theirs already");
    assert_eq!(world.through(&rules(), &proven("248"), "d"), Ok(world.user(ADA)));
    assert_eq!(world.through(&rules(), &proven("249"), "e"), Err(AccountError::NoAccount));
    let elsewhere = Proven { issuer: "https://other.example".to_owned(), ..proven("248") };
    assert_eq!(world.through(&rules(), &elsewhere, "f"), Err(AccountError::NoAccount));
    let expected = Links { has_password: true, issuers: vec![(ISSUER.to_owned(), at(0))] };
    assert_eq!(world.links_of(&principal), expected);
    // Somebody else's it is not.
    world.create("bob@example.org");
    let bob = world.accounts.login(&*world.backend, "bob@example.org", PASSWORD.to_owned(), None, at(0));
    let bob = world.principal(&run(bob).expect("logs in").1.id);
    assert_eq!(world.link(&bob, &proven("248"), "g"), Err(AccountError::Others));
    assert_eq!(world.links_of(&bob).issuers, []);
    assert_eq!(world.accounts.links(&*world.backend, &ROOT), Err(AccountError::Login));
    // Whoever is kept out comes in no other way.
    run(world.accounts.disable(&*world.backend, ADA, true, &ROOT, at(0))).expect("is kept out");
    assert_eq!(world.through(&rules(), &proven("248"), "h"), Err(AccountError::NoAccount));
}

#[test]
fn whoever_links_shows_the_password_where_there_is_one() {
    let world = World::with_ada();
    let principal = world.principal(&world.log_in(at(0)));
    let may = |principal: &Principal, password: Option<&str>| {
        run(world.accounts.may_link(&*world.backend, principal, password.map(str::to_owned), at(0)))
    };
    assert_eq!(may(&principal, Some(PASSWORD)), Ok(()));
    assert_eq!(may(&principal, Some(OTHER)), Err(AccountError::Login));
    assert_eq!(may(&principal, None), Err(AccountError::Login));
    assert_eq!(may(&ROOT, Some(PASSWORD)), Err(AccountError::Login));
    let without = world.new_user(&proven("248"), "a");
    assert_eq!(may(&without, None), Ok(()));
}

#[test]
fn somebody_new_has_the_name_and_address_that_the_provider_vouches_for() {
    let world = World::new();
    let creates = ProviderRules { creates_users: true, ..rules() };
    let known = Proven {
        email: Some(ADA.to_owned()),
        name: Some("Ada".to_owned()),
        roles: Some(vec!["Editor".to_owned()]),
        tenant: Some(Some("acme".to_owned())),
        ..proven("248")
    };
    let ada = world.through(&creates, &known, "a").expect("is made");
    assert_eq!((ada.email.as_str(), ada.name.as_str(), ada.verified_at), (ADA, "Ada", Some(at(0))));
    assert_eq!((&ada.roles[..], ada.tenant.as_deref()), (&["Editor".to_owned()][..], Some("acme")));
    assert_eq!(world.user(ADA), ada);
    // What the provider says the next time counts then; what it is not asked about stays.
    let later = Proven { roles: Some(Vec::new()), tenant: None, ..known.clone() };
    let ada = world.through(&creates, &later, "b").expect("is known");
    assert_eq!((ada.roles.len(), ada.tenant.as_deref(), &world.user(ADA)), (0, Some("acme"), &ada));
    let revision = |world: &World| world.accounts.by_email(&*world.backend, ADA).expect("is there").1;
    let before = revision(&world);
    world.through(&creates, &later, "c").expect("is known");
    assert_eq!(revision(&world), before, "nothing changed");
    let ada = world.through(&creates, &Proven { tenant: Some(None), ..later }, "d").expect("is known");
    assert_eq!((ada.tenant, world.user(ADA).tenant), (None, None));
    // An address that nobody vouches for is not taken.
    let unknown = world.through(&creates, &proven("249"), "e").expect("is made");
    assert_eq!(unknown.email, format!("{}@first.invalid", unknown.id));
    assert_eq!((unknown.name.as_str(), unknown.verified_at), ("user", None));
    let named = world.through(&creates, &Proven { name: Some("Bob".to_owned()), ..proven("250") }, "f");
    assert_eq!(named.map(|user| user.name), Ok("Bob".to_owned()));
    let only_email = Proven { email: Some("carol@example.org".to_owned()), ..proven("251") };
    assert_eq!(world.through(&creates, &only_email, "g").map(|user| user.name), Ok("carol".to_owned()));
    // Somebody has the address.
    assert_eq!(
        world.through(&creates, &Proven { subject: "252".to_owned(), ..known }, "h"),
        Err(AccountError::NoAccount)
    );
}

#[test]
fn an_address_leads_to_an_account_where_settings_and_account_allow_it() {
    let world = World::with_ada();
    let by_email = ProviderRules { links_by_email: true, creates_users: true, ..rules() };
    let of = |subject: &str, email: &str| Proven { email: Some(email.to_owned()), ..proven(subject) };
    let other = ProviderRules { links_by_email: false, ..by_email.clone() };
    assert_eq!(world.through(&other, &of("248", ADA), "a"), Err(AccountError::NoAccount));
    // Who has made the account may know its password, until its user has read a mail to the address.
    assert_eq!(world.through(&by_email, &of("248", ADA), "n"), Err(AccountError::NoAccount));
    let (token, ticket) = world.accounts.ticket(Some(world.user(ADA).id), super::super::tickets::VERIFY, at(0));
    run(world.accounts.store_ticket(&*world.backend, &ticket, at(0))).expect("is kept");
    assert_eq!(run(world.accounts.verify_address(&*world.backend, &token, at(0))), Ok(()));
    assert_eq!(world.through(&by_email, &of("248", ADA), "b"), Ok(world.user(ADA)));
    assert_eq!(world.through(&rules(), &proven("248"), "c"), Ok(world.user(ADA)), "they are known then");
    // One whose user has not read the mail may be somebody's who waits for its owner.
    let new = NewUser { email: "eve@example.org".to_owned(), ..NewUser::default() };
    run(world.accounts.create(&*world.backend, new, &ROOT, at(0))).expect("is made");
    assert_eq!(world.through(&by_email, &of("249", "eve@example.org"), "d"), Err(AccountError::NoAccount));
    // One with a device wants more than an address.
    world.create("bob@example.org");
    let bob = world.accounts.login(&*world.backend, "bob@example.org", PASSWORD.to_owned(), None, at(0));
    let bob = world.principal(&run(bob).expect("logs in").1.id);
    let enrolled = run(world.accounts.enroll(&*world.backend, &bob, PASSWORD.to_owned(), at(0))).expect("is enrolled");
    let code = crate::testing::one_time_code(&enrolled.secret, at(0));
    run(world.accounts.confirm_device(&*world.backend, &bob, &code, at(0))).expect("is confirmed");
    assert_eq!(world.through(&by_email, &of("250", "bob@example.org"), "e"), Err(AccountError::NoAccount));
}

/// Somebody else may have registered with it, who waits for its owner: what they have said and were sent counts no more.
#[test]
fn an_address_that_nobody_has_proven_is_whoevers_the_provider_says() {
    let world = World::new();
    let by_email = ProviderRules { links_by_email: true, ..rules() };
    let known = Proven { email: Some(ADA.to_owned()), name: Some("Ada Lovelace".to_owned()), ..proven("248") };
    assert_eq!(world.register(ADA, at(-9)), Ok(()));
    let (registered, to_verify) = (world.user(ADA), world.token());
    assert_eq!(world.through(&rules(), &known, "a"), Err(AccountError::NoAccount), "the settings do not say so");
    let ada = world.through(&by_email, &known, "b").expect("it is hers");
    assert_eq!(ada, User { name: "Ada Lovelace".to_owned(), verified_at: Some(at(0)), ..registered });
    assert_eq!(world.user(ADA), ada);
    let kept = world.accounts.secret_of(&*world.backend, ada.id).expect("is kept").0;
    assert_eq!((kept.password, kept.proven_at), (None, Some(at(0))));
    let verified = world.accounts.verify_address(&*world.backend, &to_verify, at(0));
    assert_eq!(run(verified), Err(AccountError::Ticket));
    assert_eq!(world.through(&rules(), &proven("248"), "c"), Ok(ada), "they are known then");
    // Whoever is kept out stays so.
    assert_eq!(world.register("bob@example.org", at(0)), Ok(()));
    run(world.accounts.disable(&*world.backend, "bob@example.org", true, &ROOT, at(0))).expect("is kept out");
    let bob = Proven { email: Some("bob@example.org".to_owned()), ..proven("249") };
    assert_eq!(world.through(&by_email, &bob, "d"), Err(AccountError::NoAccount));
    assert_eq!(world.user("bob@example.org").verified_at, None);
}

#[test]
fn the_last_way_in_stays() {
    let world = World::with_ada();
    let principal = world.principal(&world.log_in(at(0)));
    let unlink = |principal: &Principal, issuer: &str, offered: &[&str]| {
        run(world.accounts.unlink(&*world.backend, principal, issuer, offered, at(0)))
    };
    assert_eq!(unlink(&principal, ISSUER, &[ISSUER]), Err(AccountError::NotLinked));
    for (subject, state) in [("248", "a"), ("249", "b")] {
        assert_eq!(world.link(&principal, &proven(subject), state), Ok(()));
    }
    let other = Proven { issuer: "https://other.example".to_owned(), ..proven("248") };
    assert_eq!(world.link(&principal, &other, "c"), Ok(()));
    assert_eq!(unlink(&principal, ISSUER, &[]), Ok(()), "there is a password");
    assert_eq!(world.links_of(&principal).issuers, [("https://other.example".to_owned(), at(0))], "both logins there");
    // Without a password it is another provider that counts, if it is offered.
    let bob = world.new_user(&proven("300"), "d");
    assert!(!world.links_of(&bob).has_password);
    assert_eq!(unlink(&bob, ISSUER, &[ISSUER]), Err(AccountError::LastWay));
    let second = Proven { issuer: "https://other.example".to_owned(), ..proven("300") };
    assert_eq!(world.link(&bob, &second, "e"), Ok(()));
    assert_eq!(unlink(&bob, ISSUER, &[ISSUER]), Err(AccountError::LastWay), "nobody logs in through the other");
    assert_eq!(unlink(&bob, ISSUER, &[ISSUER, "https://other.example"]), Ok(()));
    assert_eq!(unlink(&bob, "https://other.example", &[ISSUER, "https://other.example"]), Err(AccountError::LastWay));
}

/// What is refused for another reason than that somebody was faster is told as it is.
#[test]
fn a_login_that_cannot_be_stored_is_nobodys_mistake() {
    let world = World::with_ada();
    let principal = world.principal(&world.log_in(at(0)));
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(Unavailable::Stopping));
    assert!(matches!(world.link(&principal, &proven("248"), "a"), Err(AccountError::Store(StoreError::Refused(_)))));
    *world.backend.refuses.lock() = Some(RefusalReason::KeyTaken);
    assert_eq!(world.link(&principal, &proven("248"), "a"), Err(AccountError::Taken));
}
