using Scheduler.Bbs.Outbound;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>A client's endpoint for task callbacks: usually reachable, sometimes unreachable or too slow.</summary>
internal sealed class CallbackReceiver(VirtualWorld world, SimulatedNetwork network, Chance chance)
{
    /// <summary>Probability (0 to 1) that a post is answered with 503 or that the endpoint is unreachable.</summary>
    public double FailureProbability { get; set; }

    public ITaskCallbackClient ClientOf(VirtualProcess process) => new Client(this, process);

    private sealed class Client(CallbackReceiver receiver, VirtualProcess process) : ITaskCallbackClient
    {
        public Task<CallbackOutcome> PostAsync(string url, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
        {
            var answer = new TaskCompletionSource<CallbackOutcome>();
            var outcome = receiver.Draw();
            receiver.World.After(receiver.Network.Delay() * 2, () => process.Post(_ => answer.TrySetResult(outcome), null));
            return answer.Task;
        }
    }

    private VirtualWorld World { get; } = world;

    private SimulatedNetwork Network { get; } = network;

    private CallbackOutcome Draw()
    {
        if (chance.Happens(FailureProbability))
            return chance.Happens(0.5) ? CallbackOutcome.TryAgain : CallbackOutcome.Failed;
        return CallbackOutcome.Delivered;
    }
}
