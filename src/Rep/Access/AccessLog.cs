using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Access;

internal static partial class AccessLog
{
    /// <summary>The audit line: one for each access that was allowed, before it begins.</summary>
    [LoggerMessage(LogLevel.Information, "Access: {Caller} at {Address} {Action} {Name} (container {ContainerGuid}): {Detail}")]
    public static partial void Accessed(
        this ILogger logger,
        string caller,
        string address,
        string action,
        string name,
        string containerGuid,
        string detail
    );

    /// <summary>What a client sent, for one line of a log: without control characters, and cut.</summary>
    public static string Shown(string text)
    {
        const int longest = 500;
        var cut = text.Length > longest ? string.Concat(text.AsSpan(0, longest), "…") : text;
        return string.Create(
            cut.Length,
            cut,
            static (shown, from) =>
            {
                for (var i = 0; i < shown.Length; i++)
                    shown[i] = char.IsControl(from[i]) ? '?' : from[i];
            }
        );
    }
}
