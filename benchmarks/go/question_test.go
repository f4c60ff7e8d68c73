package benchmarks

import (
	"context"
	"fmt"
	"testing"
	"time"
)

type (
	wanted struct{}
	absent struct{}
	filler struct{}
)

// layers puts values above a context. Keys are of types of their own, as the documentation says: comparing those costs
// least.
func layers(ctx context.Context, count int) context.Context {
	for i := 0; i < count; i++ {
		ctx = context.WithValue(ctx, filler{}, "value")
	}
	return ctx
}

// errs asks in a loop of its own: what takes a nanosecond is not called through a function.
func errs(b *testing.B, ctx context.Context) {
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		sinkErr = ctx.Err()
	}
}

func BenchmarkErr(b *testing.B) {
	for _, state := range []string{"live", "done"} {
		for _, deadline := range []string{"none", "1h"} {
			b.Run("state="+state+"/deadline="+deadline, func(b *testing.B) {
				scope, cancel := context.WithCancel(context.Background())
				if deadline == "1h" {
					scope, cancel = context.WithTimeout(context.Background(), time.Hour)
				}
				defer cancel()
				ctx := layers(scope, 100)
				if state == "done" {
					cancel()
				}
				errs(b, ctx)
			})
		}
	}
}

func BenchmarkErrDeep(b *testing.B) {
	for _, depth := range depths {
		b.Run(fmt.Sprintf("depth=%d", depth), func(b *testing.B) {
			leaf, cancel := chain(depth)
			defer cancel()
			errs(b, leaf)
		})
	}
}

func BenchmarkValue(b *testing.B) {
	for _, depth := range depths {
		ctx := layers(context.WithValue(context.Background(), wanted{}, "value"), depth-1)
		b.Run(fmt.Sprintf("depth=%d/key=hit", depth), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				sinkAny = ctx.Value(wanted{})
			}
		})
		b.Run(fmt.Sprintf("depth=%d/key=miss", depth), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				sinkAny = ctx.Value(absent{})
			}
		})
	}
}
