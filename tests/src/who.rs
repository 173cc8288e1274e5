//! Several callers of one server that is started for tests.

use lithair_core::client::{Client, Response};
use serde_json::{Value, json};

/// Somebody, as requests of tests say it.
#[derive(Clone, Copy, Debug)]
pub struct Who {
    subject: Option<&'static str>,
    roles: &'static [&'static str],
    tenant: Option<&'static str>,
    scopes: Option<&'static [&'static str]>,
}

impl Who {
    /// Nobody in particular.
    pub const NOBODY: Self = Self { subject: None, roles: &[], tenant: None, scopes: None };

    /// Somebody with these roles.
    pub const fn of(subject: &'static str, roles: &'static [&'static str]) -> Self {
        Self { subject: Some(subject), roles, ..Self::NOBODY }
    }

    /// The same of a tenant.
    #[must_use]
    pub const fn at(self, tenant: &'static str) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    /// The same with a credential for these uses only.
    #[must_use]
    pub const fn only(self, scopes: &'static [&'static str]) -> Self {
        Self { scopes: Some(scopes), ..self }
    }

    /// What the header of a request says; none of nobody.
    pub fn said(self) -> Option<String> {
        let subject = self.subject?;
        let mut said = json!({ "sub": subject, "roles": self.roles });
        if let Some(tenant) = self.tenant {
            said["tenant"] = json!(tenant);
        }
        if let Some(scopes) = self.scopes {
            said["scopes"] = json!(scopes);
        }
        Some(said.to_string())
    }

    /// The answer to a request; a body of null is none.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn ask(self, url: &str, method: &str, path: &str, body: &Value) -> Response {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.send(url, method, path, "application/json", text)
    }

    /// The same with a body of any type.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn send(self, url: &str, method: &str, path: &str, media: &str, body: String) -> Response {
        let said = self.said();
        let mut headers = vec![("content-type", media)];
        headers.extend(said.as_deref().map(|said| ("lithair-test-principal", said)));
        let headers = if body.is_empty() { &headers[1..] } else { &headers[..] };
        let mut client = Client::new(url).expect("an address is a URL");
        client.request(method, path, headers, body).expect("the server answers")
    }

    /// The answer to a GET.
    pub fn get(self, url: &str, path: &str) -> Response {
        self.ask(url, "GET", path, &Value::Null)
    }

    /// The member `number` of the records of a list.
    ///
    /// # Panics
    /// If it is no list of such records.
    pub fn numbers(self, url: &str, path: &str) -> Vec<i64> {
        let response = self.get(url, path);
        assert_eq!(response.status, 200, "{path}: {}", text(&response));
        let list = response.json().expect("a list is JSON");
        let items = list["items"].as_array().expect("a list has items");
        items.iter().map(|item| item["number"].as_i64().expect("a number")).collect()
    }
}

/// The body of an answer.
pub fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// Asserts the status and, of a problem, its code: `404 record-not-found`.
///
/// # Panics
/// If they are others.
#[track_caller]
pub fn check(response: &Response, verdict: &str) {
    let problem = response.json().ok().filter(|_| response.status >= 400);
    let code = problem.and_then(|body| body["code"].as_str().map(str::to_owned));
    let found = [Some(response.status.to_string()), code].into_iter().flatten().collect::<Vec<_>>().join(" ");
    assert_eq!(found, verdict, "{}", text(response));
}
