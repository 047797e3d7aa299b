using Grpc.Core;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Node;

namespace Scheduler.Bbs.Api;

/// <summary>Call handling shared by all service methods.</summary>
internal static class Calls
{
    private const string TraceHeader = "x-vcap-request-id";

    /// <summary>Runs the command on the active node and waits until its outcome is durable.</summary>
    /// <remarks>
    /// A refusal is passed on, never thrown: while there is no leader, or while another owner holds a lock, most calls are refused.
    /// </remarks>
    /// <param name="answer">Maps the outcome to the response; must not throw.</param>
    public static Task<TResponse> SubmitAsync<T, TResponse>(
        this BbsNode node,
        Command<T> command,
        ServerCallContext context,
        Func<T, TResponse> answer
    )
    {
        if (node.ActiveOrNull is not { } term)
            return Task.FromException<TResponse>(node.NotActive().ToException());
        command.TraceId = context.RequestHeaders.GetValue(TraceHeader) ?? "";
        var asked = term.Loop.AskAsync(command, context.CancellationToken);
        var answered = new TaskCompletionSource<TResponse>();
        _ = AnswerAsync();
        return answered.Task;

        async Task AnswerAsync()
        {
            await asked.Ended();
            if (asked.Failure() is { } failure)
                answered.Fail(failure);
            else if (asked.Result.Error is { } refusal)
                answered.SetException(refusal.ToException());
            else
                answered.SetResult(answer(asked.Result.Value));
        }
    }

    /// <inheritdoc cref="SubmitAsync{T, TResponse}"/>
    public static Task<T> SubmitAsync<T>(this BbsNode node, Command<T> command, ServerCallContext context) =>
        node.SubmitAsync(command, context, decided => decided);
}
