namespace Scheduler.Contracts.Fields;

public static partial class FieldRules
{
    /// <summary>Longest piece of a stream in one message: large enough that its frame costs nothing, small enough to hold two of each.</summary>
    public const int StreamPieceBytes = 65_536;

    private static IEnumerable<KeyValuePair<string, TextRule>> Access =>
        new Dictionary<string, TextRule>
        {
            ["ExecRequest.input"] = TextRule.Blob(StreamPieceBytes),
            ["ExecStart.container_guid"] = Name,
            ["ExecStart.path"] = Path,
            ["ExecStart.args"] = TextRule.Argument(ArgumentBytes),
            ["ExecStart.user"] = Name,
            ["ExecStart.dir"] = Path,
            ["CopyOutRequest.container_guid"] = Name,
            ["CopyOutRequest.path"] = Path,
            ["CopyOutRequest.user"] = Name,
            ["CopyInRequest.data"] = TextRule.Blob(StreamPieceBytes),
            ["CopyInStart.container_guid"] = Name,
            ["CopyInStart.path"] = Path,
            ["CopyInStart.user"] = Name,
            ["ForwardRequest.data"] = TextRule.Blob(StreamPieceBytes),
            ["ForwardStart.container_guid"] = Name,
            ["MeasureRequest.container_guids"] = Name,
        };
}
