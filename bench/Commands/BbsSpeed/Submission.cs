using Grpc.Core;
using Scheduler.Contracts.Errors;
using Scheduler.Contracts.V1;

namespace Scheduler.Bench.Commands.BbsSpeed;

/// <summary>Desires LRPs and tasks, one or several in a call.</summary>
internal sealed class Submission(CallInvoker bbs, int batch)
{
    private readonly DesiredLRPService.DesiredLRPServiceClient _lrps = new(bbs);
    private readonly TaskService.TaskServiceClient _tasks = new(bbs);
    private readonly ChangeService.ChangeServiceClient _changes = new(bbs);

    /// <exception cref="Models.DomainException">One was refused.</exception>
    public async Task SendAsync(IReadOnlyList<int> numbers, Func<int, DesireLRPRequest> make, CancellationToken cancellation)
    {
        if (batch == 1)
            await _lrps.DesireAsync(make(numbers[0]), cancellationToken: cancellation);
        else
            await ApplyAsync(numbers.Select(number => new Change { DesireLrp = make(number) }), cancellation);
    }

    /// <inheritdoc cref="SendAsync(IReadOnlyList{int}, Func{int, DesireLRPRequest}, CancellationToken)"/>
    public async Task SendAsync(IReadOnlyList<int> numbers, Func<int, DesireTaskRequest> make, CancellationToken cancellation)
    {
        if (batch == 1)
            await _tasks.DesireAsync(make(numbers[0]), cancellationToken: cancellation);
        else
            await ApplyAsync(numbers.Select(number => new Change { DesireTask = make(number) }), cancellation);
    }

    private async Task ApplyAsync(IEnumerable<Change> changes, CancellationToken cancellation)
    {
        var response = await _changes.ApplyAsync(new ApplyChangesRequest { Changes = { changes } }, cancellationToken: cancellation);
        if (response.Answers.FirstOrDefault(answer => answer.Error is not null) is { } refused)
            throw ErrorMapping.FromMessage(refused.Error).ToException();
    }
}
