// Package telemetry tells OpenTelemetry of the requests of an app: a trace with the spans of a request, its session and
// the stores, metrics, and the ids of the trace in log lines. It uses the API of OpenTelemetry alone; the program chooses
// the SDK and the exporters.
//
//	app.UseTelemetry(telemetry.New(telemetry.Options{}))
package telemetry
