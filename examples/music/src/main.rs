//! A music shop: eleven related models, from artists to invoice lines.
//!
//! The names on the wire are those of the Chinook data set, so that its files import as they are:
//! `music import CHINOOK --data ./data`, then `music serve --data ./data`.

use lithair_core::prelude::*;

mod catalogue;
mod people;
mod playlists;
mod sales;

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:8080")
        .model::<catalogue::Artist>()
        .model::<catalogue::Genre>()
        .model::<catalogue::MediaType>()
        .model::<catalogue::Album>()
        .model::<catalogue::Track>()
        .model::<playlists::Playlist>()
        .model::<playlists::PlaylistTrack>()
        .model::<people::Employee>()
        .model::<people::Customer>()
        .model::<sales::Invoice>()
        .model::<sales::InvoiceLine>()
}

fn main() -> impl std::process::Termination {
    program().run()
}

#[cfg(test)]
mod tests {
    use crate::catalogue::{Album, Artist, Genre, MediaType, Track};
    use crate::people::{Customer, Employee};
    use crate::playlists::{Playlist, PlaylistTrack};
    use crate::sales::{Invoice, InvoiceLine};

    lithair_core::model_tests!(
        Artist,
        Genre,
        MediaType,
        Album,
        Track,
        Playlist,
        PlaylistTrack,
        Employee,
        Customer,
        Invoice,
        InvoiceLine,
    );

    #[test]
    fn mutants_are_noticed() {
        lithair_core::testing::mutants::run(&crate::program());
    }
}
