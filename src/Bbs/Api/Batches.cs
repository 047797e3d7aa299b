using Scheduler.Contracts.Errors;

namespace Scheduler.Bbs.Api;

/// <summary>Calls that carry several requests, each of which is decided and answered on its own.</summary>
internal static class Batches
{
    /// <summary>Makes all requests in order before it waits for the first, so that they are likely to share a commit.</summary>
    /// <param name="ask">Makes one request.</param>
    /// <param name="refused">The answer to a request that was refused.</param>
    /// <returns>The answers in the order of the requests.</returns>
    public static async Task<IReadOnlyList<TAnswer>> AskAllAsync<TRequest, TAnswer>(
        IReadOnlyCollection<TRequest> requests,
        Func<TRequest, Task<TAnswer>> ask,
        Func<Error, TAnswer> refused
    )
    {
        var asked = new List<Task<TAnswer>>(requests.Count);
        foreach (var request in requests)
            asked.Add(AnswerAsync(request));
        var answers = new List<TAnswer>(requests.Count);
        foreach (var answer in asked)
            answers.Add(await answer);
        return answers;

        async Task<TAnswer> AnswerAsync(TRequest request)
        {
            try
            {
                return await ask(request);
            }
            catch (DomainException refusal)
            {
                return refused(ErrorMapping.ToMessage(refusal.Error));
            }
        }
    }
}
