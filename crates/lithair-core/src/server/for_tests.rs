//! What tests make of a program before they start it.

use lithair_model::{Bindings, ModelSchema, SecuritySchema};

use super::{DeclarativeServer, RunningServer, ServeError, serve};
use crate::config::Config;

impl DeclarativeServer {
    /// The models that are registered.
    pub(crate) fn schemas(&self) -> &[&'static ModelSchema] {
        &self.schemas
    }

    /// What the program binds.
    pub(crate) const fn bindings(&self) -> &Bindings {
        &self.layers.bindings
    }

    /// The same program with other models, for tests of tests.
    pub(crate) fn with_schemas(mut self, schemas: Vec<&'static ModelSchema>) -> Self {
        self.schemas = schemas;
        self
    }

    /// The same program, open to everybody as often as they like, for tests that ask a lot.
    pub(crate) fn unguarded(mut self) -> Self {
        self.let_everybody_in();
        let open = |schema: &&'static ModelSchema| -> &'static ModelSchema {
            if schema.security == SecuritySchema::OPEN {
                return schema;
            }
            // Schemas live for ever; those of tests are few.
            Box::leak(Box::new(ModelSchema { security: SecuritySchema::OPEN, ..**schema }))
        };
        self.schemas = self.schemas.iter().map(open).collect();
        self
    }

    /// The same program, with the models' own firewalls and behind a proxy on this machine, for tests of these.
    pub(crate) fn behind_loopback(mut self) -> Self {
        self.let_everybody_in();
        self.layers.program("firewall.trusted_proxies", "127.0.0.1");
        self
    }

    /// Without the server's own firewall.
    fn let_everybody_in(&mut self) {
        for key in ["firewall.allow", "firewall.deny", "firewall.rate"] {
            self.layers.program(key, "");
        }
    }

    /// The same program as tests start it: whose schedules they run, and whose hooks wait little.
    pub(crate) fn for_tests(mut self) -> Self {
        self.layers.program("schedules.run", "false");
        // What fails in a test is a dead letter at once.
        self.layers.program("hooks.first_wait", "1ms");
        self
    }

    /// Starts with what the program says and nothing else: no file, no environment. Requests may say who sends them.
    pub(crate) fn start_for_tests(self) -> Result<RunningServer, ServeError> {
        let mut config = Config::of(&self.layers)?;
        config.http.requests_say_who = true;
        serve(&config, self.schemas, &self.additions, Box::new(drop))
    }
}
