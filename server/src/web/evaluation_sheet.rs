//! The evaluation as a table for spreadsheets. Nothing in it is ever a formula, whatever a name begins with.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::evaluation::view::{EvaluationView, RowView};
use domain::language::Language;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::evaluation::accepts;
use super::forms::guarded;
use super::problem::Problem;

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn wants_xlsx(headers: &HeaderMap) -> bool {
    accepts(headers, XLSX)
}

enum Cell {
    Text(String),
    Number(f64),
    Empty,
}

/// A head, then each row, the whole, and the others where they are told.
fn table(view: &EvaluationView, language: Language) -> (Vec<String>, Vec<Vec<Cell>>) {
    let zh = language == Language::Zh;
    let said = |zh_said: &str, en: &str| if zh { zh_said } else { en }.to_owned();
    let mut head = vec![
        said("编号", "id"),
        said("名称", "name"),
        said("得分", "score"),
    ];
    for indicator in &view.indicators {
        let (name, unit) = match language {
            Language::Zh => (&indicator.name, &indicator.unit),
            Language::En => (&indicator.name_en, &indicator.unit_en),
        };
        head.push(format!("{name} ({unit})"));
        head.push(format!("{name} {}", said("分子", "numerator")));
        head.push(format!("{name} {}", said("分母", "denominator")));
        head.push(format!("{name} {}", said("免责", "exempted")));
    }
    let rows = view.rows.iter().chain([&view.total]).chain(&view.others);
    (head, rows.map(|row| cells(row, language)).collect())
}

fn cells(row: &RowView, language: Language) -> Vec<Cell> {
    let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
    let name = match language {
        Language::Zh => &row.name,
        Language::En => &row.name_en,
    };
    let mut cells = vec![
        Cell::Text(row.key.clone()),
        Cell::Text(name.clone()),
        number(row.score.value),
    ];
    for cell in &row.cells {
        cells.push(number(cell.value));
        cells.push(number(cell.numerator.map(|part| part as f64)));
        cells.push(Cell::Number(f64::from(cell.denominator)));
        cells.push(Cell::Number(f64::from(cell.exempted)));
    }
    cells
}

/// A cell that a spreadsheet would take for a formula is led by an apostrophe.
pub fn csv(view: &EvaluationView, language: Language) -> String {
    let (head, rows) = table(view, language);
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _head = writer.write_record(head.iter().map(|text| guarded(text)));
    for row in rows {
        let cells = row.iter().map(|cell| match cell {
            Cell::Text(text) => guarded(text),
            Cell::Number(number) => number.to_string(),
            Cell::Empty => String::new(),
        });
        let _row = writer.write_record(cells);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

pub fn xlsx(view: &EvaluationView, language: Language) -> Result<Response, Problem> {
    let failed =
        |error: XlsxError| Problem::failed(format!("the workbook could not be written: {error}"));
    let body = workbook(view, language).map_err(failed)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(XLSX)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"evaluation.xlsx\""),
        ),
    ];
    Ok((headers, body).into_response())
}

/// Texts are written as texts, which no reader runs; the guard is for who copies a cell elsewhere.
fn workbook(view: &EvaluationView, language: Language) -> Result<Vec<u8>, XlsxError> {
    let (head, rows) = table(view, language);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    for (column, text) in (0_u16..).zip(&head) {
        sheet.write_string_with_format(0, column, guarded(text), &bold)?;
    }
    for (line, row) in (1_u32..).zip(&rows) {
        for (column, cell) in (0_u16..).zip(row) {
            match cell {
                Cell::Text(text) => sheet.write_string(line, column, guarded(text))?,
                Cell::Number(number) => sheet.write_number(line, column, *number)?,
                Cell::Empty => continue,
            };
        }
    }
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_column_width(1, 24)?;
    book.save_to_buffer()
}
