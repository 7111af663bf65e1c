//! Covered: delimiters, encodings, headers, numbers of several countries and of fiction, faults
//! by line and column, duplicates, bounds, and any bytes at all.

use super::*;
use proptest::prelude::*;

fn open<'a>(csv: &'a [u8], region: &str) -> Result<Import<&'a [u8]>, ImportError> {
    Import::open(csv, &ImportOptions::new(region))
}

fn rows(csv: impl AsRef<[u8]>, region: &str) -> (Vec<Row>, Report) {
    let mut import = open(csv.as_ref(), region).unwrap();
    let rows = import.by_ref().collect();
    (rows, import.into_report())
}

fn numbers(csv: &str, region: &str) -> Vec<String> {
    rows(csv, region).0.into_iter().map(|row| row.number.to_string()).collect()
}

fn faults(csv: impl AsRef<[u8]>, region: &str) -> Vec<(u64, u32, String, String, String)> {
    let faults = rows(csv, region).1.faults.into_iter();
    faults.map(|f| (f.line, f.column, f.header, f.found, f.expected)).collect()
}

#[test]
fn a_row_becomes_a_lead_with_its_names_zone_key_and_fields() {
    let csv = "Phone,First Name,last_name,Time-Zone,External ID,Favourite colour\n\
               020 7946 0123,Ada,Lovelace,europe/london,C-17,\"blue, mostly\"\n";
    let (rows, report) = rows(csv, "GB");
    let lead = rows[0]
        .clone()
        .into_lead(LeadId::from(uuid::Uuid::from_u128(1)), ListId::from(uuid::Uuid::from_u128(2)));
    assert_eq!(lead.number.to_string(), "+442079460123");
    assert_eq!(lead.display_name(), "Ada Lovelace");
    assert_eq!(lead.zone.as_deref(), Some("Europe/London"));
    assert_eq!(lead.external_id.as_deref(), Some("C-17"));
    assert_eq!(lead.fields["Favourite colour"], "blue, mostly");
    assert_eq!(lead.status, crate::LeadStatus::New);
    assert_eq!(lead.validate(), Ok(()));
    assert_eq!((report.rows, report.accepted, report.rejected), (1, 1, 0));
}

#[test]
fn the_delimiter_is_what_the_header_has_most_of() {
    for delimiter in [",", ";", "\t"] {
        let header = ["phone", "\"a,b;c\td,e;f\"", "name"].join(delimiter);
        let csv = format!("{header}\n+442079460123{delimiter}x{delimiter}Ada\n");
        let (rows, report) = rows(&csv, "GB");
        assert_eq!(report.faults, [], "{delimiter:?}");
        assert_eq!(rows[0].first_name, "Ada", "{delimiter:?}");
        assert_eq!(rows[0].fields["a,b;c d,e;f"], "x");
    }
    assert_eq!(numbers("phone\n+442079460123\n", "GB"), ["+442079460123"]);
    let given = ImportOptions { delimiter: Some('|'), ..ImportOptions::new("GB") };
    let mut import = Import::open(&b"phone|name\n+442079460123|a,b\n"[..], &given).unwrap();
    assert_eq!(import.next().unwrap().first_name, "a,b");
    let wrong = ImportOptions { delimiter: Some('x'), ..given };
    let told = Import::open(&b"phone\n"[..], &wrong).unwrap_err().to_string();
    assert_eq!(told, "delimiter: expected one of , ; | and tab, found 'x'");
}

/// What spreadsheets write: a BOM, CR LF, Windows-1252, or UTF-16.
#[test]
fn encodings_are_found_out() {
    let name = |csv: &[u8]| rows(csv, "GB").0[0].first_name.clone();
    assert_eq!(name("phone,name\n+442079460123,Zoë\n".as_bytes()), "Zoë");
    assert_eq!(name("\u{FEFF}phone,name\r\n+442079460123,Zoë\r\n".as_bytes()), "Zoë");
    assert_eq!(name(b"phone,name\n+442079460123,Zo\xEB \x96 \x80\n"), "Zoë – €");
    // One row in Windows-1252 does not spoil its neighbours in UTF-8.
    let mixed = b"phone,name\n+442079460123,Zo\xEB\n+442079460124,Zo\xC3\xAB\n";
    assert!(rows(mixed, "GB").0.iter().all(|row| row.first_name == "Zoë"));
    // "Unicode text" of a spreadsheet, longer than what is read ahead, with pairs at any place.
    let text = format!("\u{FEFF}phone\tname\r\n+442079460123\tZoë {}\r\n", "𝄞ë".repeat(9_000));
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for wide in [little, big] {
        let told = &faults(&wide, "GB")[0];
        assert_eq!((told.2.as_str(), told.4.as_str()), ("name", "at most 200 bytes"));
        assert!(told.3.starts_with("Zoë 𝄞ë𝄞"), "{}", told.3);
    }
}

/// Normalised by the region's rules; possible is enough, so fiction's own ranges pass:
/// 555-01xx (NANPA), 020 7946 0xxx (Ofcom), 1550 (ACMA keeps 5550 xxxx), 01 99 00 xx xx (Arcep).
#[test]
fn numbers_come_to_e164_and_those_of_fiction_are_as_good_as_any() {
    let cases = [
        ("US", "(212) 555-0123", "+12125550123"),
        ("US", "1-212-555-0123", "+12125550123"),
        ("US", "+44 20 7946 0123", "+442079460123"),
        ("GB", "020 7946 0123", "+442079460123"),
        ("GB", "07700 900123", "+447700900123"),
        ("GB", "0044 20 7946 0123", "+442079460123"),
        ("DE", "030 23125 123", "+493023125123"),
        ("FR", "01 99 00 12 34", "+33199001234"),
        ("AU", "(02) 5550 1234", "+61255501234"),
        ("IT", "06 1234 5678", "+390612345678"),
        ("GB", "tel:+44-20-7946-0123", "+442079460123"),
    ];
    for (region, written, expected) in cases {
        assert_eq!(numbers(&format!("phone\n{written}\n"), region), [expected], "{written}");
    }
}

#[test]
fn a_wrong_cell_is_told_by_line_column_and_what_was_expected() {
    let csv = "name,phone,time_zone\n\
               Ada,12345,\n\
               Bob,call me,\n\
               Cy,,\n\
               \"Dee\nDee\",+44 20 7946 0123 x17,\n\
               Eve,+999 1234567,\n\
               Fay,+442079460124,Mars/Olympus,\n\
               Gus,+442079460125,,surplus\n\
               Hal,+442079460126\n";
    let column = |line, found: &str, expected: &str| {
        (line, 2, "phone".to_owned(), found.to_owned(), expected.to_owned())
    };
    let shape = "a telephone number, international with + or national of GB";
    let expected = [
        column(2, "12345", "as many digits as numbers of +44 have"),
        column(3, "call me", shape),
        column(4, "", "a telephone number"),
        column(5, "+44 20 7946 0123 x17", "a telephone number without an extension"),
        column(7, "+999 1234567", shape),
        (
            8,
            3,
            "time_zone".to_owned(),
            "Mars/Olympus".to_owned(),
            "an IANA time zone such as Europe/London".to_owned(),
        ),
        (9, 4, String::new(), "surplus".to_owned(), "3 columns, as in the header".to_owned()),
    ];
    assert_eq!(faults(csv, "GB"), expected);
    let (rows, report) = rows(csv, "GB");
    assert_eq!(rows.len(), 1, "a row that ends early keeps what it has");
    assert_eq!((rows[0].line, rows[0].first_name.as_str()), (10, "Hal"));
    assert_eq!((report.rows, report.accepted, report.rejected), (8, 1, 7));
}

#[test]
fn duplicates_are_found_by_number_however_it_is_written() {
    let csv = "phone\n020 7946 0123\n+44 20 7946 0123\n(020) 7946-0124\n020 7946 0125\n";
    let known = "+442079460125".parse().unwrap();
    let mut import = open(csv.as_bytes(), "GB").unwrap();
    import.knowing([known]);
    let rows: Vec<_> = import.by_ref().collect();
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
    let report = import.into_report();
    assert_eq!((report.accepted, report.duplicates, report.rejected), (2, 2, 0));
    let told: Vec<_> = report.faults.iter().map(|f| (f.line, f.expected.as_str())).collect();
    let on_list = "a number that is not on the list already";
    assert_eq!(told, [(3, "a number that is not on line 2 already"), (5, on_list)]);
}

/// The caller's own key tells a person as well as a number does.
#[test]
fn duplicates_are_found_by_external_id_where_rows_bear_one() {
    let csv = "phone,external_id\n\
               +442079460121,A\n+442079460122,A\n+442079460123,\n+442079460124,\n\
               +442079460125,B\n+442079460121,C\n+442079460126,C\n";
    let mut import = open(csv.as_bytes(), "GB").unwrap();
    import.knowing_keys(["Z", "B"].map(str::to_owned));
    let lines: Vec<_> = import.by_ref().map(|row| row.line).collect();
    assert_eq!(lines, [2, 4, 5, 8], "a row that is left out keeps nobody else out");
    let report = import.into_report();
    assert_eq!((report.accepted, report.duplicates, report.rejected), (4, 3, 0));
    let told: Vec<_> =
        report.faults.iter().map(|f| (f.line, f.found.as_str(), f.expected.as_str())).collect();
    let expected = [
        (3, "A", "an external id that is not on line 2 already"),
        (6, "B", "an external id that is not on the list already"),
        (7, "+442079460121", "a number that is not on line 2 already"),
    ];
    assert_eq!(told, expected);
}

/// Whose first telephone is not known is dialled at the first that is.
#[test]
fn the_first_number_that_is_filled_in_is_dialled_first() {
    let csv = "phone,mobile,work_phone\n\
               +442079460121,+447700900121,\n\
               ,+447700900122,+442079460122\n\
               \"\",,+442079460123\n\
               ,nonsense,+442079460124\n\
               nonsense,+447700900125,\n";
    let (rows, report) = rows(format!("{csv},,\n"), "GB");
    let told = |row: &Row| {
        let others: Vec<_> = row.other_numbers.iter().map(|other| other.kind.clone()).collect();
        (row.number.to_string(), row.number_kind.clone(), others.join(" "))
    };
    let expected = [
        ("+442079460121", "phone", "mobile"),
        ("+447700900122", "mobile", "work_phone"),
        ("+442079460123", "work_phone", ""),
    ];
    let expected = expected
        .map(|(number, kind, others)| (number.to_owned(), kind.to_owned(), others.to_owned()));
    assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), expected);
    let wrong: Vec<_> = report.faults.iter().map(|f| (f.line, f.column)).collect();
    assert_eq!(wrong, [(5, 2), (6, 1)], "the cell at fault");
    let unknown = faults("phone,mobile,name\n,,Ada\n", "GB");
    assert_eq!((unknown.len(), unknown[0].1, unknown[0].4.as_str()), (1, 1, "a telephone number"));
}

/// Of several numbers the plainest header is dialled first, and the rest keep their kinds.
#[test]
fn further_numbers_keep_their_headers_as_their_kind() {
    let csv = "Mobile,Work phone,Phone\n07700 900123,020 7946 0123,020 7946 0124\n";
    let row = &rows(csv, "GB").0[0];
    assert_eq!(row.number.to_string(), "+442079460124");
    let kinds: Vec<_> = row.other_numbers.iter().map(|other| other.kind.as_str()).collect();
    assert_eq!((row.number_kind.as_str(), kinds), ("Phone", vec!["Mobile", "Work phone"]));
}

/// A list that was exported has `phone_2` and more; a number twice in a row is one number.
#[test]
fn numbered_headers_are_further_numbers_in_their_order() {
    let csv = "phone_3,phone_2,phone,phone_4\n\
        +442079460123,+442079460124,+442079460125,+442079460124\n";
    let row = &rows(csv, "GB").0[0];
    assert_eq!(row.number.to_string(), "+442079460125");
    let others: Vec<_> = row.other_numbers.iter().map(|other| other.number.to_string()).collect();
    assert_eq!(others, ["+442079460123", "+442079460124"]);
}

#[test]
fn a_lead_has_ten_numbers_and_no_more() {
    let header: Vec<_> = (1..=11).map(|n| format!("phone_{n}")).collect();
    let numbers: Vec<_> = (100..111).map(|n| format!("+442079460{n}")).collect();
    let (kept, report) = rows(format!("{}\n{}\n", header.join(","), numbers.join(",")), "GB");
    assert_eq!((kept.len(), report.rejected), (0, 1));
}

#[test]
fn a_mapping_goes_before_the_headers_words() {
    let mut options = ImportOptions::new("GB");
    options.columns.insert("Contact".to_owned(), ColumnKind::Phone);
    options.columns.insert("Phone".to_owned(), ColumnKind::OtherPhone);
    options.columns.insert("Secret".to_owned(), ColumnKind::Ignore);
    let csv = b"Phone,Contact,Secret\n020 7946 0124,020 7946 0123,hush\n";
    let row = Import::open(&csv[..], &options).unwrap().next().unwrap();
    assert_eq!(row.number.to_string(), "+442079460123");
    assert_eq!(row.other_numbers[0].number.to_string(), "+442079460124");
    assert_eq!(row.fields.len(), 0);
}

#[test]
fn a_file_that_cannot_be_read_says_what_was_expected_of_its_header() {
    let told = |csv: &str, region| open(csv.as_bytes(), region).unwrap_err().to_string();
    let cases = [
        ("", "GB", "line 1: expected a column named phone, found an empty file"),
        ("name,colour\n", "GB", "line 1: expected a column named phone, found name, colour"),
        (
            "phone,tz,zone\n",
            "GB",
            "line 1: expected one time_zone column, found \"tz\" and \"zone\"",
        ),
        ("phone,a,a\n", "GB", "line 1: expected one such column, found \"a\" and \"a\""),
        (
            "phone\n",
            "Atlantis",
            "default_region: expected an ISO 3166 code such as GB, found \"Atlantis\"",
        ),
    ];
    for (csv, region, expected) in cases {
        assert_eq!(told(csv, region), expected);
    }
    let wide = vec!["x"; 65].join(",");
    assert_eq!(told(&wide, "GB"), "line 1: expected at most 64 columns, found 65");
}

/// A quote that is never closed would make one row of the whole file.
#[test]
fn a_row_without_end_stops_the_reading_and_keeps_what_came_before() {
    let endless = std::io::repeat(b'x');
    let head = &b"phone,note\n+442079460123,fine\n+442079460124,\"never closed"[..];
    let mut import = Import::open(head.chain(endless), &ImportOptions::new("GB")).unwrap();
    assert_eq!(import.by_ref().count(), 1);
    let report = import.into_report();
    let stopped = report.stopped.unwrap();
    assert!(stopped.contains("expected a row of at most 1 MiB"), "{stopped}");
}

#[test]
fn a_cell_over_its_bound_is_refused_and_control_characters_do_not_pass() {
    let csv = format!("phone,name\n+442079460123,{}\n", "x".repeat(201));
    assert_eq!(faults(&csv, "GB")[0].4, "at most 200 bytes");
    let csv = "phone,name\n+442079460123,\"Ada\r\nVia: evil\0\"\n";
    assert_eq!(rows(csv, "GB").0[0].first_name, "Ada  Via: evil");
}

#[test]
fn the_report_counts_every_fault_and_tells_the_first_thousand() {
    let csv = format!("phone\n{}", "x\n".repeat(1_500));
    let report = rows(&csv, "GB").1;
    assert_eq!((report.rejected, report.faults.len()), (1_500, MAX_FAULTS));
}

proptest! {
    /// Whatever the bytes: no panic, and every row is counted in exactly one place.
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let csv = [b"phone,name\n+442079460123,Ada\n".as_slice(), &bytes].concat();
        let (rows, report) = rows(&csv, "GB");
        prop_assert_eq!(report.rows, report.accepted + report.duplicates + report.rejected);
        prop_assert_eq!(report.accepted, rows.len() as u64);
        prop_assert!(report.faults.len() as u64 >= report.duplicates + report.rejected);
    }

    /// However a file is cut into reads, and a BOM or a quoted break falls between two, the rows
    /// are the same.
    #[test]
    fn the_size_of_a_read_changes_nothing(size in 1_usize..40) {
        struct Trickle<'a>(&'a [u8], usize);
        impl Read for Trickle<'_> {
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                let n = self.1.min(buf.len()).min(self.0.len());
                buf[..n].copy_from_slice(&self.0[..n]);
                self.0 = &self.0[n..];
                Ok(n)
            }
        }
        let csv = "\u{FEFF}phone;name\r\n020 7946 0123;\"Zoë\nde\"\r\n020 7946 0124;Bo\r\n";
        let trickle = Trickle(csv.as_bytes(), size);
        let cut = Import::open(trickle, &ImportOptions::new("GB")).unwrap();
        prop_assert_eq!(cut.collect::<Vec<_>>(), rows(csv, "GB").0);
    }
}

/// RULES US-6 and consent: what a column says of the person narrows or allows the dial.
#[test]
fn region_consent_and_priority_are_read_from_their_columns() {
    let csv = "phone,state,opt-in date,priority\n\
               +12125550123,fl,2026-01-31,7\n\
               +12125550124,US-HI,2026-01-31T10:00:00Z,-3\n\
               +12125550125,Atlantis,yesterday,high\n";
    let (rows, report) = rows(csv, "US");
    assert_eq!(rows[0].region.as_deref(), Some("US-FL"));
    assert_eq!(rows[1].region.as_deref(), Some("US-HI"));
    assert_eq!((rows[0].priority, rows[1].priority), (7, -3));
    let consent = rows[0].consent.clone().unwrap();
    assert_eq!(consent.given_at, "2026-01-31T00:00:00Z".parse().unwrap());
    assert_eq!((consent.kind, consent.source.as_str()), (ConsentKind::Express, "opt-in date"));
    let found: Vec<_> = report.faults.iter().map(|fault| fault.found.as_str()).collect();
    assert_eq!(found, ["Atlantis", "yesterday", "high"], "every cell of a row is told");
    let written = ImportOptions { consent: Some(ConsentKind::Written), ..ImportOptions::new("US") };
    let row = Import::open(csv.as_bytes(), &written).unwrap().next().unwrap();
    assert_eq!(row.consent.unwrap().kind, ConsentKind::Written);
}

/// A number that stands as E.164 is held to the lengths of its country all the same.
#[test]
fn an_international_number_of_impossible_length_is_no_number() {
    assert_eq!(numbers("phone\n+12125550123\n+442079460123\n", "GB").len(), 2);
    for wrong in ["+1212555012", "+121255501234", "+44207946", "+99912345678"] {
        let told = faults(format!("phone\n{wrong}\n"), "GB");
        assert_eq!(told.len(), 1, "{wrong}");
    }
}
