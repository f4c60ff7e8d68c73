// Package benchmarks has the operations of the Java benchmarks, with Go's own context.
//
// A benchmark has the name of the Java class whose row it belongs to, and its sub-benchmarks the parameters; each prints
// its figures in the unit of that row. The command ./bench runs them.
package benchmarks

import (
	"context"
	"testing"
	"time"
)

// Results go here, so that none is optimized away.
var (
	sink     context.Context
	sinkErr  error
	sinkAny  any
	sinkTime time.Time
)

func never() { panic("nothing ends before its callback is taken back") }

// parents runs an operation below the root and below the live scope of a request.
func parents(b *testing.B, operation func(parent context.Context)) {
	request, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, parent := range map[string]context.Context{"background": context.Background(), "request": request} {
		b.Run("parent="+name, func(b *testing.B) {
			repeat(b, func() { operation(parent) })
		})
	}
}

func repeat(b *testing.B, operation func()) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		operation()
	}
}

func BenchmarkClock(b *testing.B) {
	b.Run("op=clock", func(b *testing.B) {
		for i := 0; i < b.N; i++ {
			sinkTime = time.Now()
		}
	})
}

func BenchmarkWithCancel(b *testing.B) {
	parents(b, func(parent context.Context) {
		ctx, cancel := context.WithCancel(parent)
		sink = ctx
		cancel()
	})
}

func BenchmarkWithTimeout(b *testing.B) {
	parents(b, func(parent context.Context) {
		ctx, cancel := context.WithTimeout(parent, time.Hour)
		sink = ctx
		cancel()
	})
}

func BenchmarkWithTimeoutAndCallback(b *testing.B) {
	parents(b, withTimeoutAndCallback)
}

func withTimeoutAndCallback(parent context.Context) {
	ctx, cancel := context.WithTimeout(parent, time.Hour)
	sink = ctx
	stop := context.AfterFunc(ctx, never)
	stop()
	cancel()
}

func BenchmarkMerge(b *testing.B) {
	request, cancelRequest := context.WithCancel(context.Background())
	defer cancelRequest()
	server, cancelServer := context.WithCancel(context.Background())
	defer cancelServer()
	merge := func() (context.Context, func()) {
		ctx, cancel := context.WithCancelCause(request)
		stop := context.AfterFunc(server, func() { cancel(context.Cause(server)) })
		return ctx, func() {
			stop()
			cancel(context.Canceled)
		}
	}
	b.Run("op=asked", func(b *testing.B) {
		repeat(b, func() {
			ctx, dispose := merge()
			sink = ctx
			dispose()
		})
	})
	b.Run("op=callback", func(b *testing.B) {
		repeat(b, func() {
			ctx, dispose := merge()
			stop := context.AfterFunc(ctx, never)
			stop()
			dispose()
		})
	})
}

func BenchmarkRequest(b *testing.B) {
	type traceKey struct{}
	type userKey struct{}
	type tenantKey struct{}
	server, cancelServer := context.WithCancel(context.Background())
	defer cancelServer()
	repeat(b, func() {
		request, cancelRequest := context.WithCancel(server)
		known := context.WithValue(request, traceKey{}, "t")
		known = context.WithValue(known, userKey{}, "u")
		known = context.WithValue(known, tenantKey{}, "n")
		call, cancel := context.WithTimeout(known, 5*time.Second)
		sinkErr = call.Err()
		sinkAny = call.Value(traceKey{})
		sinkAny = call.Value(userKey{})
		sinkErr = call.Err()
		sinkAny = call.Value(tenantKey{})
		sinkAny = call.Value(traceKey{})
		sinkErr = call.Err()
		sinkAny = call.Value(userKey{})
		sinkErr = call.Err()
		cancel()
		cancelRequest()
	})
}
