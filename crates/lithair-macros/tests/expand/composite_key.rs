#[derive(DeclarativeModel)]
#[db(primary_key(playlist_id, track_id))]
#[permission(all = public)]
pub struct PlaylistTrack {
    #[relation(on_delete = cascade)]
    pub playlist_id: Id<Playlist>,
    #[relation(belongs_to = Track)]
    pub track_id: i64,
}

// becomes

const _: () = {
    use ::lithair_core::__private::declare as _m;
    use _m::NoBehaviour as _;
    #[automatically_derived]
    impl _m::Model for PlaylistTrack {
        type Key = (Id<Playlist>, i64);
        const SCHEMA: &'static _m::ModelSchema = &_m::ModelSchema {
            name: "PlaylistTrack",
            table: "playlist_tracks",
            path: "playlist-tracks",
            fields: &[
                _m::field::<Id<Playlist>>("playlist_id"),
                _m::field::<i64>("track_id"),
            ],
            key: &[0, 1],
            relations: &[
                _m::relation::<Playlist>("playlist", &[0], _m::OnDelete::Cascade),
                _m::relation::<Track>("track", &[1], _m::OnDelete::Restrict),
            ],
            commands: <PlaylistTrack>::LITHAIR_COMMANDS,
            hooks_before: <PlaylistTrack>::LITHAIR_HOOKS_BEFORE,
            hooks_after: <PlaylistTrack>::LITHAIR_HOOKS_AFTER,
            schedules: <PlaylistTrack>::LITHAIR_SCHEDULES,
            projection: <PlaylistTrack>::LITHAIR_PROJECTION,
            access: _m::AccessSchema::Public,
            .._m::ModelSchema::PLAIN
        };
        fn value(&self, field: usize) -> _m::Value {
            match field {
                0 => _m::FieldType::to_value(&self.playlist_id),
                1 => _m::FieldType::to_value(&self.track_id),
                _ => _m::Value::Null,
            }
        }
        fn from_values(values: ::std::vec::Vec<_m::Value>) -> _m::Fit<Self> {
            let mut values = _m::Values::new(values);
            ::core::result::Result::Ok(Self {
                playlist_id: values.take()?,
                track_id: values.take()?,
            })
        }
    }
};
