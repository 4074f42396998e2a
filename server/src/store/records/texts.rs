//! Full text, piece by piece: the heading of an incident, each text of its evidence, each note of its timeline.
//! A piece counts from one block to before another, like everything a page shows.

use domain::city::City;
use domain::explain;
use domain::ids::{BlockNumber, EvidenceId, IncidentId};
use domain::incident::Incident;
use domain::language::Language;
use domain::text;
use rusqlite::{Connection, OptionalExtension, Result};
use sha2::{Digest, Sha256};

/// `to_block` of what is current.
pub(super) const CURRENT: i64 = i64::MAX;
/// Words of a question that are looked at.
const MOST_WORDS: usize = 16;

/// Whose text a piece is. The numbers lie in the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    Heading(IncidentId),
    Evidence(EvidenceId),
    /// The entry's own number in the table of timelines.
    Note(i64),
}

impl Piece {
    fn key(self) -> (i64, i64) {
        match self {
            Self::Heading(id) => (0, id.bits().cast_signed()),
            Self::Evidence(id) => (1, id.bits().cast_signed()),
            Self::Note(entry) => (2, entry),
        }
    }
}

/// Puts a piece's text in place of what it was before; does nothing if it is the same text of the same incident.
pub(super) fn put(
    connection: &Connection,
    piece: Piece,
    incident: IncidentId,
    text: &str,
    block: BlockNumber,
) -> Result<()> {
    let (kind, key) = piece.key();
    let incident = incident.bits().cast_signed();
    let block = block.0.cast_signed();
    let digest = digest(text);
    let before: Option<(i64, i64, i64)> = connection
        .prepare_cached(
            "SELECT piece, incident, digest FROM pieces
             WHERE kind = ?1 AND key = ?2 AND to_block = 9223372036854775807",
        )?
        .query_row((kind, key), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if let Some((old, of_incident, of_text)) = before {
        if (of_incident, of_text) == (incident, digest) {
            return Ok(());
        }
        connection
            .prepare_cached("UPDATE pieces SET to_block = ?2 WHERE piece = ?1")?
            .execute((old, block))?;
    }
    let words = text::index_text(text);
    if words.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO pieces(kind, key, incident, digest, from_block, to_block) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((kind, key, incident, digest, block, CURRENT))?;
    connection
        .prepare_cached("INSERT INTO texts(rowid, words) VALUES (?1, ?2)")?
        .execute((connection.last_insert_rowid(), words))?;
    Ok(())
}

fn digest(text: &str) -> i64 {
    let sum: [u8; 32] = Sha256::digest(text).into();
    let (first, _) = sum.split_first_chunk::<8>().expect("32 bytes hold 8");
    i64::from_le_bytes(*first)
}

/// What an incident is found by besides its evidence: number, title, place and kind, in both languages.
pub(super) fn heading(city: Option<&City>, incident: &Incident) -> String {
    let mut lines = vec![incident.number.clone()];
    lines.extend(incident.category.map(|code| code.to_string()));
    let Some(city) = city else {
        lines.extend(incident.title.clone());
        return lines.join("\n");
    };
    for language in [Language::Zh, Language::En] {
        lines.push(explain::title(city, language, incident));
        if let Some(town) = &incident.town {
            lines.push(explain::town_name(city, language, town).to_owned());
        }
        if let Some(category) = incident.category.and_then(|code| city.category(code)) {
            lines.push(match language {
                Language::Zh => category.name.clone(),
                Language::En => category.name_en.clone(),
            });
        }
    }
    if let Some(code) = &incident.village {
        let village = city.villages.iter().find(|village| village.code == *code);
        lines.extend(village.map(|village| village.name.clone()));
    }
    lines.join("\n")
}

/// Each word of a question as a MATCH expression; empty if there is nothing in it to look for.
pub(super) fn asked(question: &str) -> Vec<String> {
    question
        .split_whitespace()
        .map(text::query_text)
        .filter(|expression| expression != "\"\"")
        .take(MOST_WORDS)
        .collect()
}

/// Lets go of what ended at `until` or before, a bounded number at a time.
pub(super) fn prune(connection: &Connection, until: BlockNumber, most: i64) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM pieces WHERE piece IN (
             SELECT piece FROM pieces WHERE to_block < 9223372036854775807 AND to_block <= ?1 LIMIT ?2
         ) RETURNING piece",
    )?;
    let gone: Vec<i64> = statement
        .query_map((until.0.cast_signed(), most), |row| row.get(0))?
        .collect::<Result<_>>()?;
    for piece in gone {
        connection
            .prepare_cached("DELETE FROM texts WHERE rowid = ?1")?
            .execute([piece])?;
    }
    Ok(())
}
