using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Runtime.Simulated;

public sealed class SimulatedSessionTests
{
    /// <summary>The signal arrives while the process wakes up on another thread, so this takes many attempts.</summary>
    [Fact]
    public async Task A_process_that_waits_for_input_ends_at_a_signal()
    {
        for (var i = 0; i < 2_000; i++)
        {
            await using var session = new SimulatedSession(new SimulatedAnswer { Echoes = true }, terminal: false);
            Assert.True(await session.SignalAsync(ProcessSignal.Kill, CancellationToken.None));
            Assert.Equal(137, await session.Exit.WaitAsync(Wait.Patience));
        }
    }
}
