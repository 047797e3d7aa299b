using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Access;

/// <summary>Carries an archive between a copying process and its caller.</summary>
internal static class CopyCalls
{
    private const int PieceBytes = 64 << 10;

    public static async Task OutAsync(
        IAttachedProcess process,
        CopyProcess copy,
        Responses<CopyOutResponse> responses,
        IdleLimit idle,
        CancellationToken cancellation
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var listening = copy.ListenAsync(ending.Token);
        try
        {
            await process.EndInputAsync(ending.Token);
            var buffer = new byte[PieceBytes];
            while (await process.Output.ReadAsync(buffer, ending.Token) is > 0 and var read)
            {
                copy.Count(read);
                await responses.WriteAsync(new CopyOutResponse { Data = ByteString.CopyFrom(buffer, 0, read) }, ending.Token);
                idle.Touch();
            }

            await copy.RequireSuccessAsync(listening, ending.Token);
        }
        finally
        {
            ending.Cancel();
            await Waits.EndAsync(listening);
        }
    }

    public static async Task InAsync(
        IAttachedProcess process,
        CopyProcess copy,
        Requests<CopyInRequest> requests,
        Responses<CopyInResponse> responses,
        IdleLimit idle,
        CancellationToken cancellation
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var listening = copy.ListenAsync(ending.Token);
        try
        {
            var ready = await ReadLineAsync(process.Output, ending.Token);
            if (ready is CopyScripts.Into or CopyScripts.Named)
            {
                await responses.WriteAsync(
                    new CopyInResponse { Ready = new CopyInReady { Into = ready == CopyScripts.Into } },
                    ending.Token
                );
                await FeedAsync();
            }

            // tar writes nothing more; a script that failed has said so by its exit code.
            await process.Output.CopyToAsync(Stream.Null, ending.Token);
            await copy.RequireSuccessAsync(listening, ending.Token);
            await responses.WriteAsync(new CopyInResponse { Done = new CopyInDone() }, ending.Token);
        }
        finally
        {
            ending.Cancel();
            await Waits.EndAsync(listening);
        }

        async Task FeedAsync()
        {
            try
            {
                while (await requests.NextAsync(ending.Token) is { } request)
                {
                    if (request.KindCase != CopyInRequest.KindOneofCase.Data)
                        throw DomainError.Invalid("request", "must be data after the first").ToException();
                    copy.Count(request.Data.Length);
                    await process.Input.WriteAsync(request.Data.Memory, ending.Token);
                    idle.Touch();
                }

                await process.EndInputAsync(ending.Token);
            }
            catch (IOException)
            {
                // It has ended before the archive did, and says why.
            }
        }
    }

    /// <summary>The first line with its end, or what there is of it.</summary>
    private static async Task<string> ReadLineAsync(Stream output, CancellationToken cancellation)
    {
        const int longest = 16;
        var line = "";
        var next = new byte[1];
        while (line.Length < longest && !line.EndsWith('\n') && await output.ReadAsync(next, cancellation) > 0)
            line += (char)next[0];
        return line;
    }
}
