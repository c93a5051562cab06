package emulator

// gridRange, bookSchema and the others name the fields that a mask may select. Fields that the emulator never
// fills are here too: asking for them is right, the answer just has none.
func gridRange() schema {
	return schema{"sheetId": nil, "startRowIndex": nil, "endRowIndex": nil, "startColumnIndex": nil, "endColumnIndex": nil}
}

func bookSchema() schema {
	object := schema{"*": nil} // one that is never filled
	return schema{
		"spreadsheetId": nil, "spreadsheetUrl": nil, "developerMetadata": object, "dataSources": object, "dataSourceSchedules": object,
		"properties": {
			"title": nil, "locale": nil, "timeZone": nil, "autoRecalc": nil, "defaultFormat": object,
			"iterativeCalculationSettings": object, "spreadsheetTheme": object, "importFunctionsExternalUrlAccessAllowed": nil,
		},
		"sheets": {
			"properties": {
				"sheetId": nil, "title": nil, "index": nil, "sheetType": nil, "hidden": nil, "rightToLeft": nil,
				"tabColor": object, "tabColorStyle": object, "dataSourceSheetProperties": object,
				"gridProperties": {
					"rowCount": nil, "columnCount": nil, "frozenRowCount": nil, "frozenColumnCount": nil,
					"hideGridlines": nil, "rowGroupControlAfter": nil, "columnGroupControlAfter": nil,
				},
			},
			"data":   gridDataSchema(),
			"merges": gridRange(), "tables": {
				"tableId": nil, "name": nil, "range": gridRange(), "columnProperties": object, "rowsProperties": object,
			},
			"conditionalFormats": object, "filterViews": object, "protectedRanges": object,
			"basicFilter": object, "charts": object, "bandedRanges": object, "developerMetadata": object, "rowGroups": object,
			"columnGroups": object, "slicers": object,
		},
		"namedRanges": {"namedRangeId": nil, "name": nil, "range": gridRange()},
	}
}

// gridDataSchema is only what the emulator has: a mask that wants more is told so.
func gridDataSchema() schema {
	return schema{
		"startRow": nil, "startColumn": nil,
		"rowMetadata": {"hiddenByUser": nil, "hiddenByFilter": nil},
		"rowData": {"values": {
			"hyperlink":      nil,
			"chipRuns":       {"startIndex": nil, "chip": {"richLinkProperties": {"uri": nil}}},
			"textFormatRuns": {"startIndex": nil, "format": {"link": {"uri": nil}}},

			"effectiveFormat": {"numberFormat": {"type": nil}},
		}},
	}
}

func valuesSchema() schema {
	return schema{"range": nil, "majorDimension": nil, "values": nil}
}

func batchGetSchema() schema {
	return schema{"spreadsheetId": nil, "valueRanges": valuesSchema()}
}

func batchUpdateSchema() schema {
	return schema{
		"spreadsheetId": nil, "totalUpdatedRows": nil, "totalUpdatedColumns": nil, "totalUpdatedCells": nil, "totalUpdatedSheets": nil,
		"responses": {"spreadsheetId": nil, "updatedRange": nil, "updatedRows": nil, "updatedColumns": nil, "updatedCells": nil},
	}
}
