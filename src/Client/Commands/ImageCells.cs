using System.CommandLine;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>--cell</c>: the cells that a command about images asks, all of them at the same time.</summary>
internal sealed class ImageCells
{
    /// <summary>Cells that are asked at the same time.</summary>
    private const int AtOnce = 32;

    private readonly Option<string?> _cell = new("--cell") { Description = "Only this cell (default: all present cells)", HelpName = "ID" };

    public void AddTo(Command command) => command.Options.Add(_cell);

    /// <summary>Asks each cell. One that fails does not keep the others from answering.</summary>
    /// <returns>The answers and failures, in the order of the cells.</returns>
    public async Task<IReadOnlyList<Answer<T>>> AskAsync<T>(
        ParseResult parsed,
        ClientSession session,
        Func<CellImageService.CellImageServiceClient, CellPresence, Task<T>> ask,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<CellPresence> cells = parsed.GetValue(_cell) is { } id
            ? [await session.CellAsync(id, cancellationToken)]
            :
            [
                .. (await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellationToken))).Cells.OrderBy(
                    cell => cell.CellId,
                    StringComparer.Ordinal
                ),
            ];
        if (cells.Count == 0)
            throw new DomainError(ErrorKind.ResourceNotFound, "there are no cells").ToException();
        using var turns = new SemaphoreSlim(AtOnce);
        return await Task.WhenAll(cells.Select(AskOneAsync));

        async Task<Answer<T>> AskOneAsync(CellPresence cell)
        {
            await turns.WaitAsync(cancellationToken);
            try
            {
                return new Answer<T>(cell.CellId, await ask(session.Images(cell), cell), null);
            }
            catch (Exception failure) when (failure is DomainException or RpcException && !cancellationToken.IsCancellationRequested)
            {
                return new Answer<T>(cell.CellId, default, failure);
            }
            finally
            {
                turns.Release();
            }
        }
    }

    /// <summary>Prints why cells failed, and fails with the exit code of the first.</summary>
    public static int Finish<T>(Output.Printer printer, IReadOnlyList<Answer<T>> answers)
    {
        Answer<T>[] failed = [.. answers.Where(answer => answer.Failure is not null)];
        foreach (var answer in failed.Skip(1))
            printer.Aside($"{answer.CellId}: {answer.Failure!.Message}");
        if (failed is not [var first, ..])
            return ExitCodes.Ok;
        throw first.Failure is DomainException known
            ? new DomainException(new DomainError(known.Kind, $"{first.CellId}: {known.Message}"), known)
            : first.Failure!;
    }

    /// <param name="Value">Without a meaning if there is a failure.</param>
    public sealed record Answer<T>(string CellId, T? Value, Exception? Failure);
}
